"""Joining parties: what each is sent, and that nothing passes from one leg to the other."""

from dataclasses import replace

import pytest

from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, CloseLeg, ConnectLeg, OpenLeg, Play, StopPlay
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegEnded, LegRejected
from tests.call.conftest import ANSWER, Board, contact

A = LegId("a")
CAROL = "+441632960101"


def test_each_leg_negotiates_with_its_own_port(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    placed = board.last(PlaceCall)
    assert b"m=audio 20002 " in placed.offer
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    connected = {effect.leg: effect.host for effect in board.all(ConnectLeg)}
    assert connected == {A: "192.0.2.1", placed.leg: "192.0.2.9"}
    assert board.effects.index(board.last(ConnectLeg)) < board.effects.index(board.last(BridgeLegs))


def test_a_callee_without_a_common_codec_ends_the_call(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    placed = board.last(PlaceCall)
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER.replace(b"RTP/AVP 8 101", b"RTP/AVP 18")))
    assert {hang.leg for hang in board.all(HangUp)} >= {placed.leg}
    assert not board.all(BridgeLegs)


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


def test_the_second_refusal_decides(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"), contact("1003", 5090))}
    board.offer(CAROL)
    one, two = (placed.leg for placed in board.all(PlaceCall))
    board.send(LegRejected(leg=one, status=486, reason=""))
    assert board.switchboard.calls
    board.send(LegRejected(leg=two, status=480, reason=""))
    assert not board.switchboard.calls


def test_no_ringback_is_played_to_a_caller_who_was_not_answered(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    assert not board.all(Play)
    assert not board.all(StopPlay)


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


@pytest.mark.requirement("REG-03")
def test_an_answer_ends_the_other_telephones_at_once(board: Board) -> None:
    board.contacts = {"1003": tuple(contact("1003", 5090 + n) for n in range(5))}
    board.offer(CAROL)
    placed = [order.leg for order in board.all(PlaceCall)]
    effects = board.send(LegAnswered(leg=placed[2], answer=ANSWER))
    ended = [effect for effect in effects if isinstance(effect, HangUp)]
    assert [hang.leg for hang in ended] == [leg for leg in placed if leg != placed[2]]
    assert {hang.cause for hang in ended} == {200}
