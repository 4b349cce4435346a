"""The parts of a call: what wakes it."""

from pbx.call.call import Call
from pbx.call.ending import CLOSING_S, MAX_CALL_S
from pbx.sip.events import LegEnded
from tests.call.conftest import Board
from tests.call.support import A, to_question


def call_of(board: Board) -> Call:
    return next(iter(board.switchboard.calls.values()))


def test_the_earliest_of_the_parts_wakes_the_call(board: Board) -> None:
    begun = board.now
    to_question(board)
    parts = call_of(board).parts
    assert parts.features.deadline is not None
    assert parts.deadline == parts.features.deadline < begun + MAX_CALL_S


def test_a_call_that_ends_waits_for_its_end_only(board: Board) -> None:
    to_question(board)
    parts = call_of(board).parts
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert parts.ending.is_closing
    assert parts.deadline in (None, board.now + CLOSING_S)
    assert parts.context is parts.start.context
