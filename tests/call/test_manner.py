"""An ordinary ringing has no manner of its own."""

from pbx.call.manner import ORDINARY, Manner
from pbx.sip.effects import PlaceCall
from tests.call.conftest import Board
from tests.call.parties import talking


def test_an_ordinary_call_rings_as_always(board: Board) -> None:
    talking(board)
    placed = board.last(PlaceCall)
    assert (placed.referred_by, placed.alert) == (ORDINARY.referred_by, ORDINARY.alert) == ("", None)
    assert Manner() == ORDINARY
