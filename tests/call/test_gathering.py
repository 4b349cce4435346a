"""Those who are in a room: told or asked before they are kept, and left out if they refuse."""

from dataclasses import replace

import pytest

from pbx.call.capture import JOINER
from pbx.call.effects import SaveConsent
from pbx.call.events import LegLost
from pbx.core.ids import LegId
from pbx.media.effects import (
    ChangeSeat,
    JoinRoom,
    NoteInRecording,
    Play,
    SetGate,
    SetMusic,
    StartRecording,
    StopPlay,
    StopRecording,
)
from pbx.media.events import RecordingFailed
from pbx.sip.events import DeviceOrigin, LegConfirmed
from tests.call.parties import A
from tests.call.rooms import (
    BRITISH,
    GERMAN,
    PLAIN,
    B,
    C,
    D,
    board_of_flow,
    board_with,
    comes,
    gate,
    leaves,
    press,
    records,
    started,
    told,
)
from tests.call.support import SUPPORT, said

pytestmark = pytest.mark.requirement("R-07")
DESK = DeviceOrigin(tenant="acme", extension="1001")


@pytest.mark.requirement("C-01")
@pytest.mark.requirement("REC-07")
def test_who_was_told_nothing_hears_it_in_the_room_and_is_kept_only_then() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    order = started(board)
    assert order.leg == B, "the announcement is in the recording"
    assert gate(board, A) and not gate(board, B)
    assert len(board.all(JoinRoom)) == 2
    shut = board.effects.index(SetGate(leg=B, open=False))
    assert shut < board.effects.index(order)
    told(board, B)
    assert gate(board, B)
    noted = [one.kind for one in board.all(NoteInRecording) if one.recording == order.recording]
    assert "consent.informed" in noted
    assert [one.record.proof.state for one in board.all(SaveConsent)] == [
        "granted",
        "unknown",
        "informed",
        "informed",
    ]


@pytest.mark.requirement("REC-07")
def test_a_joiner_is_resolved_before_a_sample_of_his_is_kept_and_nobody_is_told_twice() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    n_orders = len(board.effects)
    comes(board, "c")
    assert not any(isinstance(one, JoinRoom) for one in board.effects[n_orders:]), "he hears it at the door"
    assert gate(board, A) and gate(board, B) and not gate(board, C)
    told(board, C)
    orders = board.effects[n_orders:]
    joined = next(n for n, one in enumerate(orders) if isinstance(one, JoinRoom))
    assert any(isinstance(one, SaveConsent) for one in orders[:joined])
    assert gate(board, C)
    assert len([one for one in said(board) if "recorded" in one]) == 1
    assert len(board.all(StartRecording)) == 1


@pytest.mark.requirement("C-07")
def test_a_joiner_from_germany_is_asked_and_so_is_everybody_else() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    started(board)
    told(board, B)
    comes(board, "c", number=GERMAN)
    assert gate(board, A) and gate(board, B) and not gate(board, C), "he is at the door yet"
    press(board, C, "1")
    board.finish_prompt("c")
    assert gate(board, A) and gate(board, C) and not gate(board, B)
    press(board, B, "2")
    board.finish_prompt("b")
    assert not gate(board, B) and gate(board, C), "who refuses is left out, the others are kept"
    assert not board.all(ChangeSeat), "an answer mutes nobody"
    assert len(board.all(StartRecording)) == 1
    assert not board.all(StopRecording)


@pytest.mark.requirement("C-01")
def test_where_the_rule_asks_nothing_begins_before_the_first_yes() -> None:
    board = board_with()
    comes(board, "a", number=GERMAN)
    comes(board, "b", number="+493087654321")
    assert not board.all(StartRecording)
    press(board, A, "2")
    board.finish_prompt("a")
    assert not board.all(StartRecording)
    press(board, B, "1")
    board.finish_prompt("b")
    started(board)
    assert gate(board, B) and not gate(board, A)


def test_where_nobody_may_be_kept_nothing_begins() -> None:
    board = board_with()
    comes(board, "a", "1003")
    comes(board, "b", "1003")
    assert not board.all(StartRecording)
    assert not records(board)


def test_without_a_key_nobody_is_told_of_a_recording_that_cannot_be() -> None:
    board = board_with()
    context = replace(board.tenant_plan.context, recipients=())
    board.switchboard.swap({"acme": replace(board.tenant_plan, context=context)})
    comes(board, "a", number=GERMAN)
    comes(board, "b")
    assert not said(board)
    assert records(board)[-1].recording_reason == "no recording key"


def test_a_failure_ends_the_announcement() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    order = started(board)
    board.send(RecordingFailed(recording=order.recording, reason="the disk is full"))
    assert board.all(StopPlay) == [StopPlay(leg=B)]
    assert not gate(board, B)


@pytest.mark.requirement("C-07")
def test_a_german_who_says_no_at_the_door_comes_in_unrecorded_and_the_others_are_asked_nothing() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b")
    started(board)
    told(board, B)
    n_said = len(said(board))
    comes(board, "c", number=GERMAN)
    press(board, C, "2")
    board.finish_prompt("c")
    assert len(board.all(JoinRoom)) == 3 and len(said(board)) == n_said + 1
    assert gate(board, A) and gate(board, B) and not gate(board, C)
    assert not board.all(StopRecording)


@pytest.mark.requirement("C-07")
def test_by_policy_a_no_at_the_door_ends_the_recording_until_he_has_left() -> None:
    board = board_with(joiner="stop_all")
    comes(board, "a", "1001")
    comes(board, "b")
    started(board)
    told(board, B)
    comes(board, "c", number=GERMAN)
    press(board, C, "2")
    board.finish_prompt("c")
    assert len(board.all(StopRecording)) == 1
    assert records(board)[-1].recording_reason == JOINER
    leaves(board, C)
    assert len(board.all(StartRecording)) == 2, "the rules of the room want it recorded"


@pytest.mark.requirement("C-07")
def test_two_at_the_door_are_each_asked_and_come_in_by_themselves() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    comes(board, "c", number=GERMAN)
    comes(board, "d", number="+493087654321")
    assert [one.leg for one in board.all(Play)][-2:] == [C, D]
    press(board, D, "1")
    board.finish_prompt("d")
    assert gate(board, D) and not gate(board, C)
    press(board, C, "1")
    board.finish_prompt("c")
    assert gate(board, D) and gate(board, C)


def test_who_leaves_or_hangs_up_at_the_door_is_not_in_the_room() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    comes(board, "c", number=GERMAN)
    press(board, C, "7", "#")
    assert StopPlay(leg=C) in board.all(StopPlay)
    comes(board, "d", number=GERMAN)
    leaves(board, D)
    board.pass_time(70.0)
    assert len(board.all(JoinRoom)) == 2 and not board.all(ChangeSeat)
    assert not gate(board, C) and not gate(board, D)


def test_a_worker_that_dies_at_the_door_lets_the_question_begin_anew() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    comes(board, "c", number=GERMAN)
    board.send(LegLost(leg=C))
    assert [one.leg for one in board.all(Play)][-2:] == [C, C]
    press(board, C, "1")
    board.finish_prompt("c")
    assert gate(board, C) and len(board.all(JoinRoom)) == 3


def test_what_ends_meanwhile_lets_him_in_with_what_he_has_said() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    comes(board, "c", number=GERMAN)
    leaves(board, A)
    leaves(board, B)
    assert board.all(StopRecording)
    press(board, C, "1")
    board.finish_prompt("c")
    assert len(board.all(JoinRoom)) + len(board.all(SetMusic)) >= 2 and len(board.all(StartRecording)) == 1


@pytest.mark.requirement("C-07")
def test_whoever_sits_with_somebody_whose_own_call_is_recorded_is_asked_in_mode_flow_too() -> None:
    """The recorded caller comes into a room where another sits already: nobody has told him at the door."""
    board = board_of_flow()
    board.offer(PLAIN, leg="b", number=GERMAN)
    board.send(LegConfirmed(leg=B))
    board.offer(PLAIN, leg="c", number=BRITISH)
    board.send(LegConfirmed(leg=C))
    board.offer(SUPPORT, leg="a")
    board.send(LegConfirmed(leg=A))
    told(board, A)
    assert len(board.all(StartRecording)) == 1 and len(board.all(JoinRoom)) == 3
    assert (gate(board, B), gate(board, C)) == (False, False)
    assert len([one for one in said(board) if "press 1" in one.lower()]) == 2, "each for himself, at once"
    board.finish_prompt("c")
    press(board, B, "2")
    board.finish_prompt("b")
    assert not gate(board, C), "while somebody may say yes for whom it takes a yes of all"
    press(board, C, "1")
    assert (gate(board, A), gate(board, B), gate(board, C)) == (True, False, True)
    leaves(board, A)
    assert not gate(board, C), "nothing is recorded there any more"


def test_nothing_is_left_of_a_room_once_those_have_gone_who_came_before_the_recorded_one() -> None:
    board = board_of_flow()
    for leg in ("b", "a"):
        board.offer(PLAIN if leg == "b" else SUPPORT, leg=leg, origin=DESK)
        board.send(LegConfirmed(leg=LegId(leg)))
    told(board, A)
    assert board.all(StartRecording) and board.switchboard.conferences.records
    leaves(board, A)
    leaves(board, B)
    assert not board.switchboard.conferences.records
