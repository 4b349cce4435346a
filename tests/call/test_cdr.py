"""The call record is put together from the parts of a call."""

from tests.call.conftest import Board
from tests.call.parties import A, end_ours, hang_up, talking


def test_the_first_leg_is_the_callers(board: Board) -> None:
    bob = talking(board)
    board.pass_time(7.0)
    hang_up(board, bob)
    end_ours(board)
    record = board.record
    assert [leg.leg for leg in record.legs] == [A, bob]
    assert (record.answered_at, record.offered_at) == (record.legs[0].answered_at, record.legs[0].offered_at)
    assert (record.ended_by, record.cause, record.ended_at) == ("callee", "bye", record.legs[1].ended_at)
    assert record.route.endswith("did +441632960101 -> extension 1003")
