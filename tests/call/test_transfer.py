"""Blind transfers as playbooks: nobody is dropped because a transfer fails (CF-04)."""

import pytest

from pbx.call.effects import Audit, CallFinished
from pbx.call.transfer import LEAVE_S, RECALL, RETURNED
from pbx.media.effects import BridgeLegs, Play, StopPlay, ToneSource, UnbridgeLeg
from pbx.media.events import LegFailed, MediaTimedOut
from pbx.sip.alert import Alert
from pbx.sip.effects import AcceptTransfer, HangUp, PlaceCall
from pbx.sip.events import LegRejected, LegRinging, TransferRequested
from tests.call.conftest import Board
from tests.call.parties import A, answer, end_ours, hang_up, internal, refer, reports, talking


@pytest.mark.rfc("5589", "6.1")
@pytest.mark.requirement("CF-04")
def test_a_blind_transfer_from_refer_to_bye(board: Board) -> None:
    bob = talking(board)
    start = len(board.effects)
    carl = refer(board, bob)
    first = board.effects[start:]
    assert first[:2] == [AcceptTransfer(leg=bob), UnbridgeLeg(leg=A)]
    ringback = next(effect for effect in first if isinstance(effect, Play))
    assert (ringback.leg, ringback.sources) == (A, (ToneSource(country="gb", tone="ring"),))
    placed = board.last(PlaceCall)
    assert placed.referred_by == "sip:1003@acme.example"
    assert placed.from_uri == "sip:+447700900123@acme.example", "the display shows who is on the line"
    board.send(LegRinging(leg=carl, status=180))
    board.send(LegRinging(leg=carl, status=180))
    answer(board, carl)
    assert reports(board) == [180, 200]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=carl)
    assert board.last(StopPlay) == StopPlay(leg=A)
    hang_up(board, bob)
    assert not board.all(HangUp), "the transferor has left by himself"
    hang_up(board, A)
    assert board.last(HangUp) == HangUp(leg=carl)
    end_ours(board)
    assert isinstance(board.effects[-1], CallFinished)
    assert not board.switchboard.calls


@pytest.mark.rfc("5589", "6.1")
def test_a_transferor_who_does_not_leave_gets_our_bye(board: Board) -> None:
    bob = talking(board)
    answer(board, refer(board, bob))
    board.pass_time(LEAVE_S / 2)
    assert not board.all(HangUp)
    board.pass_time(LEAVE_S / 2)
    assert board.all(HangUp) == [HangUp(leg=bob, cause=200, text="Transferred")]
    end_ours(board)
    assert board.switchboard.calls
    board.pass_time(60.0)
    assert board.switchboard.calls, "the others talk on"


@pytest.mark.requirement("CF-04")
@pytest.mark.parametrize("status", [404, 408, 486, 503, 603])
def test_a_failed_transfer_resumes_the_call_with_the_transferor(board: Board, status: int) -> None:
    bob = talking(board)
    carl = refer(board, bob)
    board.send(LegRejected(leg=carl, status=status, reason=""))
    told = 500 if status == 503 else status  # RFC 3261 §16.7: a 503 is about the callee's element only
    assert reports(board) == [told]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)
    assert board.last(StopPlay) == StopPlay(leg=A)
    assert not board.all(HangUp)
    hang_up(board, A)
    assert board.last(HangUp) == HangUp(leg=bob)


def test_a_target_that_does_not_answer_is_cancelled(board: Board) -> None:
    bob = talking(board)
    carl = refer(board, bob)
    board.pass_time(25.0)
    assert board.all(HangUp) == [HangUp(leg=carl)]
    assert reports(board) == [480]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)


@pytest.mark.parametrize("target", ["1234", "*99", "nonsense"])
def test_a_number_that_nobody_has_is_reported_as_404(board: Board, target: str) -> None:
    bob = talking(board)
    board.send(TransferRequested(leg=bob, target=target))
    assert reports(board) == [404]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)


@pytest.mark.requirement("CF-04")
def test_a_transferor_who_has_left_is_called_back_with_a_distinct_ring(board: Board) -> None:
    bob = talking(board)
    carl = refer(board, bob)
    hang_up(board, bob)
    assert board.switchboard.calls, "the target rings on"
    board.send(LegRejected(leg=carl, status=486, reason=""))
    recall = board.last(PlaceCall)
    assert (recall.alert, recall.from_display) == (Alert(info=RECALL), RETURNED)
    assert recall.to == "sip:1003@acme.example"
    assert [play for play in board.all(Play) if play.loop][-1].leg == A, "the caller hears it ring"
    answer(board, recall.leg)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=recall.leg)
    assert not board.all(HangUp)
    assert reports(board) == [486]


@pytest.mark.parametrize("status", [486, 0])
def test_the_caller_is_given_up_only_when_the_transferor_does_not_answer(board: Board, status: int) -> None:
    bob = talking(board)
    carl = refer(board, bob)
    hang_up(board, bob)
    board.send(LegRejected(leg=carl, status=404, reason=""))
    if status:
        board.send(LegRejected(leg=board.last(PlaceCall).leg, status=status, reason=""))
    else:
        board.pass_time(25.0)
    assert HangUp(leg=A) in board.all(HangUp)
    end_ours(board)
    assert not board.switchboard.calls
    assert (board.record.ended_by, board.record.cause) == ("system", str(status or 480))


@pytest.mark.requirement("CF-04")
def test_a_caller_may_transfer_too(board: Board) -> None:
    callee = internal(board)
    carl = refer(board, A)
    assert board.last(PlaceCall).from_uri == "sip:1003@acme.example", "who stays is who is shown"
    assert board.last(PlaceCall).from_display == ""
    answer(board, carl)
    assert board.last(BridgeLegs) == BridgeLegs(a=callee, b=carl)
    hang_up(board, A)
    assert board.switchboard.calls
    hang_up(board, carl)
    assert board.last(HangUp) == HangUp(leg=callee)
    end_ours(board)
    assert not board.switchboard.calls
    assert board.record.ended_at is not None


def test_a_transfer_after_a_transfer(board: Board) -> None:
    bob = talking(board)
    carl = refer(board, bob)
    answer(board, carl)
    dora = refer(board, carl, "1001")
    assert board.all(HangUp) == [HangUp(leg=bob, cause=200, text="Transferred")]
    answer(board, dora)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=dora)
    hang_up(board, carl)
    hang_up(board, dora)
    end_ours(board)
    assert not board.switchboard.calls
    causes = [leg.cause for leg in board.record.legs]
    assert causes == ["bye", "transferred", "transferred", "bye"]


def test_a_transfer_to_the_telephone_network(board: Board) -> None:
    bob = talking(board)
    out = refer(board, bob, "07700900999")
    placed = board.last(PlaceCall)
    assert placed.target.startswith("sip:+447700900999@")
    assert placed.referred_by == "", "our extensions are nobody's business out there"
    answer(board, out)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=out)


def test_a_transfer_into_a_flow(board: Board) -> None:
    bob = talking(board)
    board.send(TransferRequested(leg=bob, target="+441632960102"))
    assert reports(board) == [200]
    assert [play.leg for play in board.all(Play)] == [A], "the flow's first prompt"
    board.pass_time(LEAVE_S)
    end_ours(board)
    assert board.switchboard.calls


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_transferee_hangs_up_meanwhile(board: Board, is_gone: bool) -> None:  # noqa: FBT001
    bob = talking(board)
    carl = refer(board, bob)
    if is_gone:
        hang_up(board, bob)
    hang_up(board, A)
    assert reports(board) == [487]
    assert {order.leg for order in board.all(HangUp)} == ({carl} if is_gone else {bob, carl})
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.parametrize("kind", [MediaTimedOut, LegFailed])
def test_a_transferor_without_media_is_let_go_alone(
    board: Board, kind: type[MediaTimedOut | LegFailed]
) -> None:
    bob = talking(board)
    carl = refer(board, bob)
    if kind is MediaTimedOut:
        board.send(MediaTimedOut(leg=bob, silent_ms=1))
    else:
        board.send(LegFailed(leg=bob, reason="x"))
    assert board.all(HangUp) == [HangUp(leg=bob)]
    end_ours(board)
    answer(board, carl)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=carl)


def test_the_facts_of_record(board: Board) -> None:
    bob = talking(board)
    answer(board, refer(board, bob))
    (fact,) = [one.fact for one in board.all(Audit) if one.fact.kind == "transfer.settled"]
    assert fact.details == {"by": "extension/1003", "to": "extension 1002", "status": 200}
    hang_up(board, A)
    end_ours(board)
    assert board.record.route.endswith("> extension/1003 transferred to extension 1002: 200")
    assert [leg.party for leg in board.record.legs] == [
        "trunk/carrier",
        "extension/1003",
        "extension/1002",
    ]
