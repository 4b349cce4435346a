"""How a call ends: once, with its record."""

from pbx.call.effects import CallFinished
from pbx.sip.effects import HangUp
from tests.call.conftest import Board
from tests.call.parties import A, end_ours, hang_up, talking


def test_a_call_ends_once(board: Board) -> None:
    talking(board)
    hang_up(board, A)
    hang_up(board, A)
    assert len(board.all(HangUp)) == 1
    assert board.all(CallFinished) == []
    end_ours(board)
    assert len(board.all(CallFinished)) == 1
    assert (board.record.cause, board.record.ended_by) == ("bye", "caller")
