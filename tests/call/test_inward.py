"""Legs and the contacts they ring."""

import pytest

from pbx.sip.effects import LookUpAor, PlaceCall
from pbx.sip.events import AorFound, LegRejected
from pbx.sip.hops import Hops
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


@pytest.mark.rfc("5393", "5.3.3")
def test_the_breadth_of_a_call_bounds_what_rings_at_once(board: Board) -> None:
    board.contacts = {"1003": tuple(contact("1003", 5080 + one) for one in range(3))}
    board.offer("+441632960101", hops=Hops(marks=("aa",), breadth=2))
    placed = board.all(PlaceCall)
    assert [dict(one.hops) for one in placed] == [{"Max-Breadth": "1", "X-Call-Path": "aa"}] * 2
