"""Attended and semi-attended transfers: two calls of one person become one without him (CF-05, CF-06)."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit, CallFinished, SaveCall
from pbx.call.transfer import LEAVE_S
from pbx.core.ids import CallId, LegId
from pbx.ivr.steps import FlowPlan, RecordingConsent, Ring, Step
from pbx.ivr.steps import HangUp as HangUpStep
from pbx.media.effects import (
    BridgeLegs,
    MoveRecording,
    OpenLeg,
    Play,
    SetGate,
    StartRecording,
    StopPlay,
    StopRecording,
    UnbridgeLeg,
)
from pbx.media.events import LegOpened
from pbx.sip.effects import AcceptTransfer, HangUp, PlaceCall, RefuseTransfer, ReportTransfer, SetLine
from pbx.sip.events import (
    DeviceOrigin,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    TransferRequested,
)
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import CAROL, A, answer, end_ours, hang_up, offered, reports, talking
from tests.call.support import SUPPORT, to_agents

B2 = LegId("b2")


def consulting(board: Board) -> tuple[LegId, LegId]:
    """Bob (1003) talks with Alice, and with Carl (1002) in a call of his own; Bob's first and Carl's leg."""
    bob, carl = ringing(board)
    answer(board, carl)
    board.send(LegConfirmed(leg=B2))
    return bob, carl


def ringing(board: Board) -> tuple[LegId, LegId]:
    """As above, but Carl's telephone rings."""
    bob = talking(board)
    offered(board, "b2", "1002", "1003")
    carl = board.last(PlaceCall).leg
    board.send(LegRinging(leg=carl, status=180))
    return bob, carl


def attend(board: Board, leg: LegId, replaced: LegId | None, *, early_only: bool = False) -> None:
    event = TransferRequested(
        leg=leg, target="1002", is_attended=True, replaced=replaced, early_only=early_only
    )
    board.send(event)


@pytest.mark.rfc("5589", "7.1")
@pytest.mark.requirement("CF-05")
def test_an_attended_transfer_from_refer_to_bye(board: Board) -> None:
    bob, carl = consulting(board)
    start = len(board.effects)
    attend(board, bob, B2)
    ordered = [one for one in board.effects[start:] if not isinstance(one, SetLine)]
    assert ordered[0] == AcceptTransfer(leg=bob)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=carl)
    assert reports(board) == [200]
    assert board.all(HangUp) == [HangUp(leg=B2, cause=200, text="Transferred")]
    board.send(LegEnded(leg=B2, by_peer=False, how="bye"))
    assert len(board.switchboard.calls) == 1
    board.pass_time(LEAVE_S)
    assert board.last(HangUp) == HangUp(leg=bob, cause=200, text="Transferred")
    board.send(LegEnded(leg=bob, by_peer=False, how="bye"))
    board.pass_time(60.0)
    assert len(board.all(HangUp)) == 2, "Alice and Carl talk on"
    hang_up(board, carl)
    assert board.last(HangUp) == HangUp(leg=A)
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.requirement("CF-05")
def test_the_records_of_both_calls_show_all_legs(board: Board) -> None:
    bob, carl = consulting(board)
    attend(board, bob, B2)
    board.send(LegEnded(leg=B2, by_peer=False, how="bye"))
    consultation = board.record
    assert [(leg.party, leg.cause) for leg in consultation.legs] == [
        ("extension/1003", "transferred"),
        ("extension/1002", "transferred"),
    ]
    assert (consultation.cause, consultation.ended_by) == ("transferred", "system")
    hang_up(board, A)
    end_ours(board)
    assert [leg.leg for leg in board.record.legs] == [A, bob, carl]
    assert board.record.route.endswith("> extension/1003 transferred to extension/1002: 200")
    facts = [one.fact.details["to"] for one in board.all(Audit) if one.fact.kind == "transfer.settled"]
    assert facts == ["extension/1002"]


def test_the_second_call_may_have_come_in(board: Board) -> None:
    bob = talking(board)
    offered(board, "c", "1003", "1002")
    second = board.last(PlaceCall).leg
    answer(board, second)
    attend(board, bob, second)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=LegId("c"))
    end_ours(board)
    hang_up(board, A)
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.requirement("CF-05")
def test_the_refer_may_come_in_the_second_call(board: Board) -> None:
    bob, carl = consulting(board)
    attend(board, B2, bob)
    bridged = board.last(BridgeLegs)
    assert {bridged.a, bridged.b} == {A, carl}
    hang_up(board, A)
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.requirement("CF-06")
def test_the_target_rings_on_for_the_one_who_stays(board: Board) -> None:
    bob, carl = ringing(board)
    attend(board, bob, B2)
    assert board.all(UnbridgeLeg) == [UnbridgeLeg(leg=A)]
    assert [play.leg for play in board.all(Play)] == [A], "Alice hears it ring"
    assert board.all(HangUp) == [HangUp(leg=B2, cause=487, text="Transferred")]
    assert reports(board) == [180]
    hang_up(board, bob)
    answer(board, carl)
    assert reports(board) == [180, 200]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=carl)
    assert board.last(StopPlay) == StopPlay(leg=A)
    hang_up(board, A)
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.requirement("CF-06")
@pytest.mark.parametrize("is_gone", [False, True])
def test_a_target_that_rings_in_vain_brings_the_call_back(board: Board, is_gone: bool) -> None:  # noqa: FBT001
    bob, carl = ringing(board)
    attend(board, bob, B2)
    end_ours(board)
    if is_gone:
        hang_up(board, bob)
    board.send(LegRejected(leg=carl, status=486, reason=""))
    if is_gone:
        recall = board.last(PlaceCall)
        assert recall.to == "sip:1003@acme.example"
        answer(board, recall.leg)
        assert board.last(BridgeLegs) == BridgeLegs(a=A, b=recall.leg)
    else:
        assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)
    assert reports(board) == [180, 486]


def test_the_ringing_ends_in_the_call_that_took_it_over(board: Board) -> None:
    bob, carl = ringing(board)
    attend(board, bob, B2)
    end_ours(board)
    board.pass_time(25.0)
    assert HangUp(leg=carl) in board.all(HangUp)
    assert board.last(ReportTransfer) == ReportTransfer(leg=bob, status=480)


@pytest.mark.rfc("3891", "3")
@pytest.mark.requirement("S-09")
def test_a_dialog_that_is_gone_is_an_outcome(board: Board) -> None:
    bob, _ = consulting(board)
    for replaced in (None, LegId("nobody")):
        attend(board, bob, replaced)
    assert reports(board) == [481, 481]
    assert not board.all(HangUp)


@pytest.mark.requirement("CF-05")
def test_the_target_hangs_up_as_the_transfer_begins(board: Board) -> None:
    bob, carl = consulting(board)
    hang_up(board, carl)
    attend(board, bob, B2)
    assert reports(board) == [481]
    end_ours(board)
    assert len(board.switchboard.calls) == 1, "Alice and Bob talk on"


@pytest.mark.requirement("S-09")
def test_a_dialog_of_somebody_else_is_refused(board: Board) -> None:
    bob = talking(board)
    offered(board, "x", "1002", "1001")
    carl = board.last(PlaceCall).leg
    answer(board, carl)
    for replaced in (LegId("x"), carl):
        attend(board, bob, replaced)
        assert board.last(RefuseTransfer).status == 403
    assert not board.all(AcceptTransfer)
    assert len(board.switchboard.calls) == 2


def test_a_call_does_not_replace_itself(board: Board) -> None:
    bob = talking(board)
    attend(board, bob, bob)
    assert board.last(RefuseTransfer).status == 403


@pytest.mark.rfc("3891", "3")
def test_early_only_leaves_an_answered_call_alone(board: Board) -> None:
    bob, _ = consulting(board)
    attend(board, bob, B2, early_only=True)
    assert reports(board) == [486]
    assert not board.all(HangUp)


def test_who_has_nobody_to_offer_is_told_so(board: Board) -> None:
    bob = talking(board)
    offered(board, "b2", "+441632960102", "1003")
    board.send(LegConfirmed(leg=B2))
    attend(board, bob, B2)
    assert reports(board) == [481], "the echo test is nobody to be transferred to"


def test_media_of_two_workers_cannot_be_joined(board: Board) -> None:
    bob, _ = consulting(board)
    board.send(LegOpened(leg=B2, host="127.0.0.1", port=29000, worker=1))
    attend(board, bob, B2)
    assert board.last(RefuseTransfer).status == 503


def test_a_second_call_of_the_same_person_is_placed_beside_the_first(board: Board) -> None:
    consulting(board)
    first, second = (next(one for one in board.all(OpenLeg) if one.leg == leg) for leg in (A, B2))
    assert first.beside is None
    assert second.beside == first.call


def recorded(board: Board) -> LegId:
    """A customer is recorded in a flow and talks with 1003, who answered for the group."""
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    to_agents(board)
    agent = board.last(PlaceCall)
    board.send(LegAnswered(leg=agent.leg, answer=ANSWER))
    return agent.leg


@pytest.mark.requirement("REC-02")
def test_the_recorded_call_goes_on_even_when_the_other_has_the_refer() -> None:
    board = Board()
    agent = recorded(board)
    extension = board.last(PlaceCall).to.removeprefix("sip:").partition("@")[0]
    offered(board, "b2", "1003" if extension != "1003" else "1001", extension)
    carl = board.last(PlaceCall).leg
    answer(board, carl)
    customer = board.all(SaveCall)[0].record.call
    attend(board, B2, agent)
    bridged = board.last(BridgeLegs)
    assert {bridged.a, bridged.b} == {A, carl}
    assert len(board.all(StartRecording)) == 1
    assert not board.all(StopRecording), "one recording, through the transfer"
    assert board.last(ReportTransfer) == ReportTransfer(leg=B2, status=200)
    end_ours(board)
    assert list(board.switchboard.calls) == [CallId(customer)]
    assert [one.call for one in board.all(CallFinished)] != [customer]


def gates(board: Board, leg: LegId) -> list[bool]:
    return [one.open for one in board.all(SetGate) if one.leg == leg]


@pytest.fixture
def trusting() -> Board:
    """A board whose carrier may transfer its calls."""
    return Board(change=lambda context: replace(context, transferring_trunks=frozenset({"carrier"})))


@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("CF-04")
def test_the_recorded_caller_transfers_and_leaves_while_the_target_rings(trusting: Board) -> None:
    board = trusting
    agent = recorded(board)
    start = len(board.effects)
    board.send(TransferRequested(leg=A, target=CAROL))
    moved = board.last(MoveRecording)
    assert (moved.recording, moved.leg) == (board.last(StartRecording).recording, agent)
    hang_up(board, A)
    carol = board.last(PlaceCall).leg
    assert carol not in (A, agent)
    answer(board, carol)
    assert board.last(BridgeLegs) == BridgeLegs(a=agent, b=carol)
    assert len(board.all(MoveRecording)) == 1
    assert not [one for one in board.effects[start:] if isinstance(one, StartRecording | StopRecording)]
    assert gates(board, agent) == [True]
    assert gates(board, carol) == [False], "1003 has not acknowledged the notice"
    hang_up(board, carol)
    assert board.last(StopRecording).recording == moved.recording


@pytest.mark.requirement("REC-02")
def test_the_transfer_of_a_recorded_caller_fails_and_he_is_heard_again(trusting: Board) -> None:
    board = trusting
    agent = recorded(board)
    board.send(TransferRequested(leg=A, target=CAROL))
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=486, reason=""))
    assert {board.last(BridgeLegs).a, board.last(BridgeLegs).b} == {A, agent}
    assert gates(board, A) == [True]
    assert not board.all(StopRecording)


@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("CF-05")
def test_a_recorded_caller_joins_his_two_calls_and_leaves() -> None:
    """An extension calls support, is recorded, and then consults somebody on another line."""
    steps: dict[str, Step] = {
        "a": RecordingConsent(purposes=("compliance",), granted="b", declined="b"),
        "b": Ring(target="extension/1001", ring_s=20.0, no_answer="c", busy="c"),
        "c": HangUpStep(),
    }
    flow = FlowPlan(name="support", start="a", steps=steps)
    board = Board(change=lambda context: replace(context, flows={"support": flow}))
    board.contacts = {user: (contact(user),) for user in ("1001", "1002")}
    board.offer(SUPPORT, origin=DeviceOrigin(tenant="acme", extension="1003"))
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.pass_time(3.0)
    agent = board.last(PlaceCall).leg
    answer(board, agent)
    recording = board.last(StartRecording)
    assert recording.leg == A
    offered(board, "b2", "1002", "1003")
    other = board.last(PlaceCall).leg
    answer(board, other)
    attend(board, A, B2)
    assert board.last(BridgeLegs) == BridgeLegs(a=agent, b=other)
    assert board.last(MoveRecording) == MoveRecording(recording=recording.recording, leg=agent)
    assert not board.all(StopRecording)


@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("C-02")
def test_a_gate_that_another_recording_opened_is_shut_before_the_bridge() -> None:
    board = Board()
    agent = recorded(board)
    extension = board.last(PlaceCall).to.removeprefix("sip:").partition("@")[0]
    offered(board, "b2", "1003", extension)
    third = board.last(PlaceCall).leg
    answer(board, third)
    start = len(board.effects)
    attend(board, agent, B2)
    new = board.effects[start:]
    assert new.index(SetGate(leg=third, open=False)) < new.index(board.last(BridgeLegs))
