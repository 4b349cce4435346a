"""Legs and the contacts they ring."""

from pbx.sip.effects import LookUpAor, PlaceCall
from pbx.sip.events import AorFound, LegRejected
from tests.call.conftest import Board, contact


def test_a_lookup_that_came_late_rings_nobody(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    placed = board.last(PlaceCall)
    assert (placed.to, placed.max_forwards) == ("sip:1003@acme.example", 69)
    board.send(LegRejected(leg=placed.leg, status=486, reason=""))
    board.send(AorFound(token=board.last(LookUpAor).token, contacts=(contact("1003"),)))
    assert board.all(PlaceCall) == [placed]


def test_a_gruu_asks_for_one_device(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    assert board.last(LookUpAor).instance == ""
    assert board.last(PlaceCall).route == ()
