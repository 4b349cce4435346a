"""Recorded calls and the recorders of others: who is told of what, and nobody of what may not be kept."""

from dataclasses import replace

import pytest

from pbx.call.call import Call
from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.call.events import LegLost, RecordingOrdered
from pbx.core.ids import LegId
from pbx.media.effects import CloseLeg, OpenLeg, SetGate
from pbx.media.events import RecordingStarted
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.recording.failure import FailurePolicy
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import HangUp, PlaceCall, Reinvite
from pbx.sip.events import (
    DeviceOrigin,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    ReinviteAnswered,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.media_peers import ANYBODY
from pbx.siprec.servers import Client
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.siprec.recorder import answer_to, server

pytestmark = pytest.mark.requirement("R-29")
A = LegId("a")
ANN = DeviceOrigin(tenant="acme", extension="1001")
CLIENT = Client(uri="sip:pbx@acme.example", servers=(server("192.0.2.1"), server("192.0.2.2")), peers=ANYBODY)


def recorded_board(policy: FailurePolicy = "continue", *, mode: str = "always") -> Board:
    def change(context: CallContext) -> CallContext:
        return replace(context, recorders=CLIENT, on_recording_failure=policy)

    rules = RecordingRules(otherwise="always" if mode == "always" else "off")
    return Board(recording=rules, change=change)


def sessions(board: Board) -> list[PlaceCall]:
    return [one for one in board.all(PlaceCall) if one.metadata]


def talking(board: Board, callee: str = "1002", offer: bytes = OFFER, answer: bytes = ANSWER) -> LegId:
    """Two extensions talk; return the callee's leg."""
    board.contacts[callee] = (contact(callee),)
    board.offer(callee, origin=ANN, sdp=offer)
    callee_leg = next(one.leg for one in reversed(board.all(PlaceCall)) if not one.metadata)
    board.send(LegAnswered(leg=callee_leg, answer=answer))
    board.send(LegConfirmed(leg=A))
    return callee_leg


def recorder_answers(board: Board) -> None:
    order = sessions(board)[-1]
    board.send(LegAnswered(leg=order.leg, answer=answer_to(order.offer)))


def facts(board: Board, prefix: str) -> list[str]:
    return [one.fact.kind for one in board.all(Audit) if one.fact.kind.startswith(prefix)]


def test_a_recorded_call_is_forked_with_both_of_its_parties() -> None:
    board = recorded_board()
    bob = talking(board)
    (order,) = sessions(board)
    assert b"sip:1001@acme.example" in order.metadata and b"sip:1002@acme.example" in order.metadata
    recorder_answers(board)
    assert [one.of for one in board.all(ForkLeg)] == [A, bob]
    assert facts(board, "siprec") == ["siprec.started"]


def test_a_call_that_is_not_recorded_is_not_forked() -> None:
    board = recorded_board(mode="off")
    talking(board)
    assert sessions(board) == []


def test_without_recorders_nothing_is_forked() -> None:
    board = Board(recording=RecordingRules(otherwise="always"))
    talking(board)
    assert sessions(board) == [] and board.switchboard.deadline is not None


def test_before_consent_no_recorder_is_called() -> None:
    """An extension that has not acknowledged the notice is no stream."""
    board = recorded_board()
    board.contacts["1003"] = (contact("1003"),)
    board.offer("1003", origin=ANN)
    assert sessions(board) == []
    board.send(LegAnswered(leg=board.all(PlaceCall)[-1].leg, answer=ANSWER))
    (order,) = sessions(board)
    assert order.offer.count(b"m=audio") == 1


def test_the_end_of_the_call_ends_the_session_and_its_ports() -> None:
    board = recorded_board()
    talking(board)
    recorder_answers(board)
    ours = {one.leg for one in board.all(ForkLeg)}
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert HangUp(leg=sessions(board)[0].leg) in board.all(HangUp)
    assert ours <= {one.leg for one in board.all(CloseLeg)}
    assert facts(board, "siprec")[-1] == "siprec.stopped"


def test_what_is_late_of_a_session_that_is_over_reaches_nobody() -> None:
    board = recorded_board()
    bob = talking(board)
    recorder_answers(board)
    session = sessions(board)[0].leg
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.send(LegEnded(leg=bob, by_peer=False, how="bye"))
    assert not board.switchboard.calls and board.switchboard.deadline is None
    assert board.send(LegEnded(leg=session, by_peer=False, how="bye")) == []


def test_a_pause_of_the_recording_is_one_at_the_recorder() -> None:
    board = recorded_board()
    talking(board)
    recorder_answers(board)
    call = _call(board)
    assert call.parts.capture.recording is not None
    board.send(RecordingStarted(recording=call.parts.capture.recording))
    board.send(RecordingOrdered(call=call.id, on=False, actor="admin", reason="card"))
    assert len(board.all(UnforkLeg)) == 2
    paused = board.last(Reinvite)
    assert (paused.offer or b"").count(b"a=inactive") == 2
    board.send(ReinviteAnswered(leg=paused.leg, answer=answer_to(paused.offer or b"")))
    board.send(RecordingOrdered(call=call.id, on=True, actor="admin", reason="card"))
    again = board.last(Reinvite)
    board.send(ReinviteAnswered(leg=again.leg, answer=answer_to(again.offer or b"")))
    assert len(board.all(ForkLeg)) == 4


def test_a_party_on_hold_is_told_as_such() -> None:
    board = recorded_board()
    bob = talking(board)
    recorder_answers(board)
    board.send(ReinviteOffered(leg=bob, offer=ANSWER + b"a=inactive\r\n"))
    held = next(one for one in board.all(Reinvite) if one.metadata)
    assert (held.offer or b"").count(b"a=inactive") == 1


@pytest.mark.requirement("REC-13")
def test_a_recorder_that_is_lost_is_followed_by_the_next() -> None:
    board = recorded_board()
    talking(board)
    recorder_answers(board)
    board.send(LegEnded(leg=sessions(board)[0].leg, by_peer=True, how="timeout"))
    assert [one.target for one in sessions(board)] == ["sip:srs@192.0.2.1", "sip:srs@192.0.2.2"]
    recorder_answers(board)
    assert facts(board, "siprec") == ["siprec.started", "siprec.lost", "siprec.started"]
    first, second = board.switchboard.recorders.values()
    assert (first.state, first.reason, first.forks) == ("failed", "timeout", 0)
    assert (second.state, second.forks) == ("up", 1)


def test_a_change_that_is_refused_leaves_the_recorder_up() -> None:
    board = recorded_board()
    bob = talking(board)
    recorder_answers(board)
    board.send(ReinviteOffered(leg=bob, offer=ANSWER + b"a=inactive\r\n"))
    board.send(ReinviteRefused(leg=sessions(board)[0].leg, status=488))
    (state,) = board.switchboard.recorders.values()
    assert facts(board, "siprec")[-1] == "siprec.refused" and (state.state, state.forks) == ("up", 1)


@pytest.mark.parametrize("policy", ["continue", "announce_unrecorded", "refuse"])
def test_without_any_recorder_the_policy_decides(policy: FailurePolicy) -> None:
    board = recorded_board(policy)
    board.journal = True
    talking(board)
    for _ in CLIENT.servers:
        board.send(LegRejected(leg=sessions(board)[-1].leg, status=503, reason=""))
    assert facts(board, "siprec")[-1] == "siprec.unreachable"
    assert (A in {one.leg for one in board.all(HangUp)}) == (policy == "refuse")


def test_a_lost_media_worker_gives_the_recorder_new_ports() -> None:
    board = recorded_board()
    bob = talking(board)
    recorder_answers(board)
    ours = [one.leg for one in board.all(ForkLeg)]
    n_ports = len(board.all(OpenLeg))
    for leg in (A, bob, *ours):
        board.send(LegLost(leg=leg))
    assert {one.leg for one in board.all(OpenLeg)[n_ports:]} == {A, bob, *ours}
    moved = [one for one in board.all(Reinvite) if one.metadata][-1]
    n_forks = len(board.all(ForkLeg))
    board.send(ReinviteAnswered(leg=moved.leg, answer=answer_to(moved.offer or b"")))
    assert [one.of for one in board.all(ForkLeg)[n_forks:]] == [A, bob]


def test_who_asks_not_to_be_recorded_is_no_stream() -> None:
    board = recorded_board()
    bob = talking(board, answer=ANSWER + b"a=recordpref:off\r\n")
    (order,) = sessions(board)
    assert order.offer.count(b"m=audio") == 1
    recorder_answers(board)
    assert [one.of for one in board.all(ForkLeg)] == [A]
    assert [one.open for one in board.all(SetGate) if one.leg == bob][-1] is False


def _call(board: Board) -> Call:
    return next(iter(board.switchboard.calls.values()))
