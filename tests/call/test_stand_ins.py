"""A device that takes the place of another is refused with a status, or joins the other's call."""

from dataclasses import replace

import pytest

from pbx.call.stand_ins import StandIns
from pbx.core.ids import LegId
from pbx.dialplan.routes import ToPickup, ToSlot
from pbx.services.parking import Lots
from pbx.sip.effects import Reject
from pbx.sip.events import TrunkOrigin
from tests.call.conftest import Board
from tests.call.parties import internal, invite

NOBODY = LegId("nobody")


def stand_ins(board: Board) -> StandIns:
    return StandIns(board.switchboard.calls, board.switchboard._names, Lots())


@pytest.mark.rfc("3891", "3")
def test_nobody_takes_the_place_of_who_is_not_there(board: Board) -> None:
    event = invite("x", "1003", "1002")
    assert stand_ins(board).take_place(event, NOBODY, 0.0) == (None, [Reject(leg=LegId("x"), status=481)])


@pytest.mark.requirement("S-09")
def test_to_know_a_dialog_is_not_enough(board: Board) -> None:
    callee = internal(board)
    event = replace(invite("x", "1003", "1002"), origin=TrunkOrigin(trunk="carrier", tenant="acme"))
    assert stand_ins(board).take_place(event, callee, 0.0) == (None, [Reject(leg=LegId("x"), status=403)])


def test_an_empty_slot_answers_nobody(board: Board) -> None:
    call, (refused,) = stand_ins(board).answer(invite("x", "701", "1002"), ToSlot(slot="701"), 0.0)
    assert call is None and isinstance(refused, Reject) and refused.status == 480


def test_what_does_not_ring_cannot_be_picked_up(board: Board) -> None:
    call, (refused,) = stand_ins(board).answer(invite("x", "**1001", "1002"), ToPickup(extension="1001"), 0.0)
    assert call is None and isinstance(refused, Reject)
