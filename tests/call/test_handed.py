"""What a call gives to another, it does not have any more; its record keeps what it was."""

from pbx.call.handed import Handed
from pbx.call.leg import LegState
from pbx.sip.effects import PlaceCall
from tests.call.conftest import Board, contact
from tests.call.parties import CAROL, A


def test_a_ringing_is_given_away_as_a_whole(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    rung = board.last(PlaceCall).leg
    connect = next(iter(board.switchboard.calls.values())).parts.connect
    assert connect.deadline is not None
    handed = connect.hand_over(board.now)
    assert isinstance(handed, Handed)
    assert [leg.id for leg in handed.legs] == [rung]
    assert handed.legs[0].state is LegState.CALLING
    assert (connect.winner, connect.caller.id) == (None, A)
    assert next(iter(board.switchboard.calls.values())).parts.connect.deadline is None
    assert (connect.legs[rung].state, connect.legs[rung].cause) == (LegState.ENDED, "transferred")
    connect.take_over(handed)
    assert connect.legs[rung] is handed.legs[0]
    assert connect.deadline == handed.ringing.deadline if handed.ringing else False
