"""Parking (RFC 5359 §2.15): 1003 parks Alice; somebody dials the slot, or nobody does and 1003 is rung."""

from dataclasses import replace

import pytest

from pbx.call.announcement import MOST_S
from pbx.call.effects import Audit, PreparePrompts
from pbx.call.park import ABANDONED, MAX_ROUNDS
from pbx.config.load import load
from pbx.core.ids import LegId
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.rules import ParkingRule
from pbx.ivr.steps import FlowPlan
from pbx.media.dialogue import Say
from pbx.media.effects import (
    BridgeLegs,
    Music,
    NoteInRecording,
    Play,
    SetMusic,
    StartRecording,
    StopRecording,
    UnbridgeLeg,
)
from pbx.media.events import PlayEnded
from pbx.services.parking import ParkingLot
from pbx.sip.effects import Answer, HangUp, LookUpAor, PlaceCall, Reject, SetLine, TellIdentity
from pbx.sip.events import DeviceOrigin, LegConfirmed, LegRejected, LegRinging, TransferRequested
from tests.call.conftest import Board, contact
from tests.call.parties import A, answer, end_ours, hang_up, offered, reports, talking
from tests.call.support import to_agents
from tests.e2e.running import CONFIG

pytestmark = [pytest.mark.requirement("CF-16"), pytest.mark.rfc("5359", "2.15")]
MUSIC = Music(sources=(), order="listed", resume="clock")
SLOTS = ("701", "702")
TIMEOUT_S = 60.0
D = LegId("d")
LOT = ParkingLot(slots=SLOTS, timeout_s=TIMEOUT_S, music=MUSIC, announce="Parked at {slot}.")


def board_with(lot: ParkingLot, flows: dict[str, FlowPlan] | None = None) -> Board:
    board = Board()
    before = board.tenant_plan
    rules = load(CONFIG).tenants["acme"].rules
    rules = replace(rules, parking=ParkingRule(number="700", slots=SLOTS, place="dialplan.yaml:8"))
    context = replace(before.context, parking=lot, names={"1003": "Carol", "1002": "Bob"})
    context = replace(context, flows={**context.flows, **(flows or {})})
    board.switchboard.swap({"acme": replace(before, plan=DialPlan(rules), context=context)})
    return board


@pytest.fixture
def board() -> Board:
    return board_with(LOT)


def park(board: Board, slot: str = "701") -> LegId:
    """Alice talks with Bob, who parks her and goes; his leg."""
    bob = talking(board)
    board.send(TransferRequested(leg=bob, target=slot))
    return bob


def parked(board: Board) -> LegId:
    bob = park(board)
    hang_up(board, bob)
    return bob


def music(board: Board) -> list[bool]:
    """Whether Alice hears it, order by order."""
    return [one.music is not None for one in board.all(SetMusic) if one.leg == A]


def lamp(board: Board, slot: str = "701") -> list[str]:
    """What watchers of a slot see of it at last."""
    shown = [one for one in board.all(SetLine) if one.extension == slot]
    return [dialog.state for dialog in shown[-1].dialogs] if shown else []


def facts(board: Board) -> list[tuple[str, dict[str, object]]]:
    kinds = [one.fact for one in board.all(Audit) if one.fact.kind.startswith("park.")]
    return [(fact.kind, dict(fact.details)) for fact in kinds]


def retrieve(board: Board, slot: str = "701", extension: str = "1002") -> None:
    offered(board, "d", slot, extension)


def test_a_caller_waits_in_a_slot_with_music_and_the_lamp_is_lit(board: Board) -> None:
    bob = park(board)
    assert board.all(UnbridgeLeg) == [UnbridgeLeg(leg=A)]
    assert music(board) == [True]
    assert reports(board) == [200]
    assert lamp(board) == ["confirmed"]
    assert facts(board) == [("park.began", {"by": "extension/1003", "slot": "701"})]
    board.pass_time(2.0)
    assert board.last(HangUp) == HangUp(leg=bob, cause=200, text="Transferred")
    assert not [one for one in board.all(Play) if one.leg == bob]


def test_whoever_dials_the_slot_talks_with_her(board: Board) -> None:
    parked(board)
    retrieve(board)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    assert [one.leg for one in board.all(Answer)] == [A, D]
    assert music(board) == [True, False]
    assert lamp(board) == []
    ended = {"by": "extension/1002", "slot": "701", "stage": "waiting"}
    assert facts(board)[-1] == ("park.ended", ended)
    told = [one.uri for one in board.all(TellIdentity) if one.leg == D]
    assert told == ["sip:+447700900123@acme.example"]
    board.send(LegConfirmed(leg=D))
    hang_up(board, D)
    end_ours(board)
    assert not board.switchboard.calls


def test_the_same_slot_serves_the_next_one(board: Board) -> None:
    parked(board)
    retrieve(board)
    board.send(TransferRequested(leg=D, target="701"))
    assert lamp(board) == ["confirmed"]
    offered(board, "e", "701", "1003")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=LegId("e"))


def test_any_slot_is_told_by_ear_and_on_the_display(board: Board) -> None:
    bob = park(board, "700")
    prompts = [one for effect in board.all(PreparePrompts) for one in effect.prompts]
    assert prompts == [Say(text="Parked at 7 0 1.", language="en-GB")]
    assert board.last(Play).leg == bob
    told = [(one.uri, one.display) for one in board.all(TellIdentity) if one.leg == bob]
    assert told == [("sip:701@acme.example", "Parked at 701")]
    assert reports(board) == []
    play = board.last(Play)
    board.send(PlayEnded(leg=bob, token=play.token, played_ms=900, total_ms=900, completed=True))
    assert reports(board) == [200]
    board.pass_time(2.0)
    assert [one.leg for one in board.all(HangUp)] == [bob]


def test_a_parker_who_never_hears_it_out_is_let_go(board: Board) -> None:
    park(board, "700")
    board.pass_time(MOST_S - 0.1)
    assert reports(board) == []
    board.pass_time(0.2)
    assert reports(board) == [200]


def test_a_sentence_that_nobody_can_speak_holds_nobody_up() -> None:
    board = board_with(replace(LOT, announce="{slot} \N{BELL}"))
    board.unspeakable = "\N{BELL}"
    park(board, "700")
    assert reports(board) == [200]


def test_a_parker_who_hangs_up_at_once_leaves_her_parked(board: Board) -> None:
    bob = park(board, "700")
    hang_up(board, bob)
    assert lamp(board) == ["confirmed"]
    retrieve(board)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    board.pass_time(MOST_S)
    assert A not in [one.leg for one in board.all(HangUp)]


def second(board: Board) -> LegId:
    """Another caller (leg `x`) talks with 1001; the leg of 1001."""
    board.offer("1001", origin=DeviceOrigin(tenant="acme", extension="1002"), leg="x")
    rung = board.last(PlaceCall).leg
    answer(board, rung)
    board.send(LegConfirmed(leg=LegId("x")))
    return rung


def test_a_slot_in_use_is_busy_and_both_talk_on(board: Board) -> None:
    parked(board)
    dave = second(board)
    board.send(TransferRequested(leg=dave, target="701"))
    assert reports(board)[-1] == 486
    assert board.last(BridgeLegs) == BridgeLegs(a=LegId("x"), b=dave)
    board.send(TransferRequested(leg=dave, target="700"))
    assert lamp(board, "702") == ["confirmed"]


def test_a_full_lot_is_busy() -> None:
    board = board_with(replace(LOT, slots=("701",)))
    parked(board)
    board.send(TransferRequested(leg=second(board), target="700"))
    assert reports(board)[-1] == 486


@pytest.mark.parametrize("number", ["700", "702"])
def test_an_empty_slot_leads_nowhere(board: Board, number: str) -> None:
    parked(board)
    retrieve(board, number)
    assert board.last(Reject) == Reject(leg=D, status=480, reason="Nobody is parked there")


def test_two_dial_the_slot_and_the_second_hears_that_she_is_gone(board: Board) -> None:
    parked(board)
    retrieve(board)
    offered(board, "e", "701", "1003")
    assert board.last(Reject) == Reject(leg=LegId("e"), status=480, reason="Nobody is parked there")


def test_a_parked_caller_who_hangs_up_frees_the_slot(board: Board) -> None:
    parked(board)
    hang_up(board, A)
    end_ours(board)
    assert lamp(board) == []
    assert not board.switchboard.calls
    retrieve(board)
    assert board.last(Reject).status == 480


def test_nobody_dials_the_slot_and_the_parker_is_rung(board: Board) -> None:
    parked(board)
    board.pass_time(TIMEOUT_S - 2.0)
    n = len(board.all(PlaceCall))
    board.pass_time(2.0)
    (rung,) = board.all(PlaceCall)[n:]
    assert (rung.from_display, rung.alert and rung.alert.info) == ("Parked at 701", "recall")
    assert music(board) == [True]
    assert not [one for one in board.all(Play) if one.leg == A and one.loop]
    assert lamp(board) == ["confirmed"]
    answer(board, rung.leg)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=rung.leg)
    assert music(board) == [True, False]
    assert lamp(board) == []
    assert facts(board)[-1][1]["stage"] == "returning"


def test_the_slot_can_be_dialled_while_the_parker_is_rung(board: Board) -> None:
    parked(board)
    board.pass_time(TIMEOUT_S)
    rung = board.last(PlaceCall).leg
    board.send(LegRinging(leg=rung, status=180))
    retrieve(board)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    assert board.last(HangUp) == HangUp(leg=rung, cause=200, text="Call completed elsewhere")


def test_a_parker_who_is_away_leaves_her_in_the_slot(board: Board) -> None:
    parked(board)
    board.pass_time(TIMEOUT_S)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=486, reason="Busy"))
    assert music(board) == [True]
    assert lamp(board) == ["confirmed"]
    retrieve(board)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)


def test_whom_the_lot_names_is_rung_after_the_parker() -> None:
    board = board_with(replace(LOT, otherwise="group/support"))
    parked(board)
    board.pass_time(TIMEOUT_S)
    n = len(board.all(PlaceCall))
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=486, reason="Busy"))
    rung = board.all(PlaceCall)[n:]
    assert {one.from_display for one in rung} == {"Parked by Carol"}
    assert len(rung) == 2
    board.send(LegRejected(leg=rung[0].leg, status=486, reason="Busy"))
    answer(board, rung[1].leg)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=rung[1].leg)
    assert facts(board)[-1][1]["stage"] == "otherwise"


def test_a_call_that_nobody_wants_ends_after_its_rounds() -> None:
    board = board_with(replace(LOT, otherwise="extension/1002"))
    parked(board)
    board.contacts = {}
    board.pass_time(MAX_ROUNDS * TIMEOUT_S)
    asked = [one.user for one in board.all(LookUpAor)]
    assert asked.count("1003") == MAX_ROUNDS + 1 and asked.count("1002") == MAX_ROUNDS
    assert A not in [one.leg for one in board.all(HangUp)]
    board.pass_time(TIMEOUT_S)
    assert board.last(HangUp).leg == A
    end_ours(board)
    assert board.record.cause == ABANDONED
    assert not board.switchboard.calls


def test_a_call_that_rings_at_its_parker_ends_with_its_caller(board: Board) -> None:
    parked(board)
    board.pass_time(TIMEOUT_S)
    hang_up(board, A)
    end_ours(board)
    assert lamp(board) == []
    assert not board.switchboard.calls


@pytest.mark.parametrize(("private", "shown"), [(False, "+447700900123"), (True, "")])
def test_a_withheld_number_is_not_on_the_lamp(board: Board, private: bool, shown: str) -> None:
    talking(board)
    (call,) = board.switchboard.calls.values()
    board.send(replace(call.parts.start.offered, leg=LegId("x"), private=private))
    rung = board.last(PlaceCall).leg
    answer(board, rung)
    board.send(TransferRequested(leg=rung, target="702"))
    (dialog,) = board.last(SetLine).dialogs
    assert (board.last(SetLine).extension, dialog.remote_user) == ("702", shown)


@pytest.mark.requirement("R-07")
def test_the_recording_goes_on_and_says_where_she_was() -> None:
    board = board_with(LOT)
    board.contacts = {user: (contact(user),) for user in ("1001", "1002")}
    to_agents(board)
    agent = board.last(PlaceCall).leg
    answer(board, agent)
    recording = board.last(StartRecording).recording
    board.send(TransferRequested(leg=agent, target="701"))
    hang_up(board, agent)
    retrieve(board, extension="1003")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    notes = [one for one in board.all(NoteInRecording) if one.kind.startswith(("call.", "party."))]
    assert {one.recording for one in notes} == {recording}
    said = [(one.kind, one.details.get("slot"), one.details["party"]) for one in notes]
    assert said == [
        ("party.joined", None, "agent"),
        ("call.parked", "701", board.record.legs[-2].party),
        ("call.retrieved", "701", "extension/1003"),
        ("party.joined", None, "agent"),
    ]
    assert len(board.all(StartRecording)) == 1 and not board.all(StopRecording)
