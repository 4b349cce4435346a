"""Who does not agree to what has to be recorded in a conference leaves it; the others go on (C-12)."""

from dataclasses import replace

import pytest

from pbx.call.attendance import NOT_AGREED
from pbx.call.context import CallContext, JoinerPolicy
from pbx.call.grace import GRACE_S
from pbx.call.refusers import Refusers
from pbx.core.ids import LegId
from pbx.ivr.steps import Conference, FlowPlan, HangUp, Say, Step
from pbx.media.effects import JoinRoom, LeaveRoom, StartRecording, StopRecording
from pbx.media.events import RecordingFailed, RecordingStarted
from pbx.recording.indication import WORDS
from pbx.recording.rules import RecordingRules
from pbx.services.conference import RoomSettings
from pbx.sip import effects as sip
from pbx.sip.events import DeviceOrigin, LegConfirmed, LegEnded
from tests.call.conftest import RULES as SHIPPED
from tests.call.conftest import Board
from tests.call.parties import A
from tests.call.rooms import (
    BRITISH,
    GERMAN,
    B,
    C,
    board_with,
    comes,
    facts,
    gate,
    leaves,
    press,
    started,
    told,
)
from tests.call.support import SUPPORT, said
from tests.call.test_attendance import UNTOLD

pytestmark = pytest.mark.requirement("C-12")
EN = WORDS["en-GB"]
GOODBYE_S = GRACE_S + 0.1
ANOTHER_WAY: dict[str, Step] = {
    "room": Conference(conference="team", next=None, refused="other"),
    "other": Say(text="Our other desk need not record.", next=None),
}


def firm(
    board: Board, *, joiner: JoinerPolicy = "exclude_leg", steps: dict[str, Step] | None = None
) -> Board:
    """In the scope of the FCA."""
    context = replace(board.tenant_plan.context, overlays=("fca",), joiner=joiner, rules=SHIPPED)
    if steps is not None:
        plan = FlowPlan(name="support", start="room", steps=steps)
        context = replace(context, flows={**context.flows, "support": plan})
    board.switchboard.swap({"acme": replace(board.tenant_plan, context=context)})
    return board


def two(board: Board) -> StartRecording:
    """Two telephones of ours talk and are recorded."""
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    return started(board)


def says(board: Board, leg: LegId, key: str) -> None:
    press(board, leg, key)
    board.finish_prompt(leg)


def seated(board: Board) -> set[LegId]:
    here = [one.present.leg.id for one in board.switchboard.conferences.guests("acme/team")]
    return set(here)


def hung_up(board: Board) -> list[LegId]:
    return [one.leg for one in board.all(sip.HangUp)]


def test_who_says_no_at_the_door_hears_why_and_does_not_come_in() -> None:
    board = firm(board_with())
    two(board)
    comes(board, "c", number=GERMAN)
    says(board, C, "2")
    assert said(board)[-1] == EN["turned_down"]
    assert facts(board, "conference.refused") == [{"room": "team", "reason": NOT_AGREED}]
    board.finish_prompt(C)
    assert hung_up(board) == [C]
    board.send(LegEnded(leg=C, by_peer=False, how="bye"))
    assert board.record.cause == "not_recorded"
    assert seated(board) == {A, B} and not board.all(StopRecording)
    assert all(one.leg != C for one in board.all(JoinRoom))


def test_who_agrees_at_the_door_comes_in_and_stays() -> None:
    board = firm(board_with())
    two(board)
    comes(board, "c", number=GERMAN)
    says(board, C, "1")
    board.pass_time(GOODBYE_S)
    assert seated(board) == {A, B, C} and gate(board, C) and hung_up(board) == []


def test_a_flow_has_another_way_for_him() -> None:
    board = firm(board_with(), steps=ANOTHER_WAY)
    two(board)
    comes(board, "c", number=GERMAN)
    says(board, C, "2")
    assert said(board)[-1] == "Our other desk need not record."
    assert EN["turned_down"] not in said(board)


def inside(board: Board) -> None:
    """One of ours and somebody from Germany are in a room, where he is asked and says no."""
    comes(board, "a", "1001")
    comes(board, "b", number=GERMAN)
    says(board, B, "2")


def test_who_says_no_inside_is_told_and_leaves_after_a_while() -> None:
    board = firm(board_with())
    inside(board)
    assert said(board)[-1] == EN["turned_out"]
    board.pass_time(GRACE_S - 0.1)
    assert seated(board) == {A, B}, "time for a goodbye"
    board.pass_time(0.2)
    assert seated(board) == {A} and hung_up(board) == [B]
    assert LeaveRoom(leg=B) in board.all(LeaveRoom)
    board.send(LegEnded(leg=B, by_peer=False, how="bye"))
    assert board.record.cause == "not_recorded"
    assert said(board).count(EN["turned_out"]) == 1


def test_inside_he_goes_the_other_way_of_his_flow() -> None:
    board = firm(board_with(), steps=ANOTHER_WAY)
    inside(board)
    board.pass_time(GOODBYE_S)
    assert said(board)[-1] == "Our other desk need not record."
    assert seated(board) == {A} and hung_up(board) == []


def test_a_refusal_that_is_remembered_is_one() -> None:
    board = firm(board_with())
    two(board)
    board.switchboard.intake._refusals.change("acme", BRITISH, refuses=True)
    comes(board, "c")
    assert said(board) == [EN["turned_down"]]
    assert seated(board) == {A, B}


def test_no_policy_ends_a_recording_that_has_to_be() -> None:
    board = firm(board_with(joiner="stop_all"), joiner="stop_all")
    two(board)
    comes(board, "c", number=GERMAN)
    says(board, C, "2")
    board.pass_time(GOODBYE_S)
    assert not board.all(StopRecording) and gate(board, A) and gate(board, B)


def test_what_need_not_be_recorded_keeps_nobody_out() -> None:
    board = board_with()
    inside(board)
    comes(board, "c", number="+493087654321")
    says(board, C, "2")
    board.pass_time(60.0)
    assert seated(board) == {A, B, C} and hung_up(board) == []


def test_who_is_left_alone_may_stay() -> None:
    board = firm(board_with())
    inside(board)
    leaves(board, A)
    board.pass_time(60.0)
    assert seated(board) == {B}


@pytest.mark.requirement("R-16")
def test_a_room_whose_recording_fails_ends_whatever_the_policy_says() -> None:
    board = firm(board_with(policy="continue"))
    order = two(board)
    board.send(RecordingFailed(recording=order.recording, reason="the disk is full"))
    assert said(board).count(EN["ending"]) == 2
    board.pass_time(GOODBYE_S)
    assert set(hung_up(board)) == {A, B}


def test_what_is_recorded_in_a_call_of_his_own_counts_in_the_room_too() -> None:
    """The room has no rule, but one in it is recorded, and has to be."""

    def change(context: CallContext) -> CallContext:
        plain: dict[str, Step] = {
            "room": Conference(conference="team", next=None, refused=None),
            "x": HangUp(),
        }
        flows = {name: FlowPlan(name=name, start="room", steps=plain) for name in ("support", "echo")}
        rooms = {"team": RoomSettings(name="team")}
        return replace(context, flows=flows, conferences=rooms, overlays=("fca",))

    board = Board(change=change, recording=RecordingRules(otherwise="always"))
    board.offer(UNTOLD, leg="a", origin=DeviceOrigin(tenant="acme", extension="1001"))
    board.send(LegConfirmed(leg=A))
    board.offer(SUPPORT, leg="b", number=BRITISH)
    board.send(LegConfirmed(leg=B))
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    told(board, B)
    assert gate(board, B)
    board.switchboard.intake._refusals.change("acme", "+447700900111", refuses=True)
    board.offer(SUPPORT, leg="c", number="+447700900111")
    board.send(LegConfirmed(leg=C))
    assert said(board)[-1] == EN["turned_down"] and seated(board) == {A, B}


def test_each_has_his_own_time_and_is_told_once() -> None:
    refusers = Refusers()
    assert refusers.deadline is None
    refusers.follow({A}, 10.0)
    refusers.follow({A, B}, 12.0)
    assert refusers.deadline == 10.0 + GRACE_S
    assert [refusers.is_to_hear(one) for one in (A, A, B, C)] == [True, False, True, False]
    assert refusers.take_over(10.0 + GRACE_S) == [A]
    refusers.follow(set(), 20.0)
    assert (refusers.deadline, refusers.take_over(99.0)) == (None, [])
