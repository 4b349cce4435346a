"""Who is looked for and called, and who is given up."""

from dataclasses import replace

import pytest

from pbx.core.ids import LegId
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegEnded, LegRejected
from tests.call.conftest import ANSWER, Board, contact

A = LegId("a")
CAROL = "+441632960101"


def test_a_device_gone_while_its_port_opened_is_not_called(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    board.send(LegEnded(leg=A, by_peer=True, how="cancel"))
    placed = board.last(PlaceCall)
    board.send(LegEnded(leg=placed.leg, by_peer=False, how="cancel"))
    closed = [effect.leg for effect in board.all(CloseLeg)]
    assert sorted(closed) == sorted(effect.leg for effect in board.all(OpenLeg))  # each once


def test_every_extension_of_a_group_is_looked_up(board: Board) -> None:
    board.offer("1003", origin=DeviceOrigin(tenant="acme", extension="1001"))
    assert [look.user for look in board.all(LookUpAor)] == ["1003"]


@pytest.mark.requirement("REG-03")
def test_a_telephone_of_lower_q_rings_when_the_others_have_not_answered(board: Board) -> None:
    backup = replace(contact("1003", 5090), q=500)
    board.contacts = {"1003": (contact("1003"), backup)}
    board.offer(CAROL)
    (first,) = board.all(PlaceCall)
    board.pass_time(12.4)
    assert board.all(PlaceCall) == [first]
    board.pass_time(0.2)
    second = board.last(PlaceCall)
    assert second.remote == backup.remote
    board.send(LegAnswered(leg=second.leg, answer=ANSWER))
    assert [hang.leg for hang in board.all(HangUp)] == [first.leg]
    board.pass_time(20.0)
    assert len(board.all(PlaceCall)) == 2


@pytest.mark.rfc("5626", "5.3")
def test_a_dead_flow_is_followed_by_the_next_of_the_same_device(board: Board) -> None:
    one = replace(contact("1003"), device="urn:x", route=("<sip:edge;lr>",))
    two = replace(contact("1003", 5090), device="urn:x")
    board.contacts = {"1003": (one, two)}
    board.offer(CAROL)
    (first,) = board.all(PlaceCall)
    assert first.route == ("<sip:edge;lr>",)
    board.send(LegRejected(leg=first.leg, status=430, reason=""))
    second = board.last(PlaceCall)
    assert second.remote == two.remote
    board.send(LegRejected(leg=second.leg, status=486, reason=""))
    assert not board.switchboard.calls
