"""Who may transfer, and how often."""

from dataclasses import replace

import pytest

from pbx.call.transfers import MAX_TRANSFERS
from pbx.core.ids import LegId
from pbx.sip.effects import AcceptTransfer, HangUp, PlaceCall, RefuseTransfer
from pbx.sip.events import LegConfirmed, LegEnded, LegRejected, TransferRequested
from tests.call.conftest import Board
from tests.call.parties import A, answer, hang_up, internal, refer, reports, talking


def refusal(board: Board, leg: LegId, target: str = "1002") -> RefuseTransfer:
    board.send(TransferRequested(leg=leg, target=target))
    return board.last(RefuseTransfer)


@pytest.mark.requirement("S-10")
def test_a_trunk_may_not_transfer(board: Board) -> None:
    talking(board)
    assert refusal(board, A).status == 403
    assert not board.all(AcceptTransfer)


@pytest.mark.requirement("S-10")
def test_a_trunk_that_may_reaches_our_own_numbers_only() -> None:
    board = Board(change=lambda context: replace(context, transferring_trunks=frozenset({"carrier"})))
    talking(board)
    n_placed = len(board.all(PlaceCall))
    board.send(TransferRequested(leg=A, target="+447700900999"))
    assert board.all(AcceptTransfer) == [AcceptTransfer(leg=A)]
    assert reports(board) == [404], "never back out to the network (toll fraud)"
    assert len(board.all(PlaceCall)) == n_placed


def test_one_at_a_time(board: Board) -> None:
    bob = talking(board)
    refer(board, bob)
    assert refusal(board, bob).status == 491


def test_nobody_to_transfer(board: Board) -> None:
    board.offer("+441632960100")
    board.send(LegConfirmed(leg=A))
    assert refusal(board, A).status == 403


def test_not_while_the_call_ends(board: Board) -> None:
    bob = talking(board)
    hang_up(board, A)
    assert refusal(board, bob).status == 481


def test_a_call_is_transferred_only_so_often(board: Board) -> None:
    bob = talking(board)
    for _ in range(MAX_TRANSFERS):
        target = refer(board, bob)
        board.send(LegRejected(leg=target, status=486, reason=""))
    assert refusal(board, bob).status == 403
    assert reports(board) == [486] * MAX_TRANSFERS


def test_a_callee_is_not_sent_to_a_flow(board: Board) -> None:
    internal(board)
    assert refusal(board, A, "+441632960102").status == 403


def test_every_fact_is_told_once(board: Board) -> None:
    bob = talking(board)
    answer(board, refer(board, bob))
    board.pass_time(10.0)
    board.send(LegEnded(leg=bob, by_peer=False, how="bye"))
    hang_up(board, A)
    assert len(board.record.route.split("transferred to")) == 2
    assert [order.leg for order in board.all(HangUp)].count(bob) == 1
