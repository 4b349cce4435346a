"""Who is looked for and called, and who is given up."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.core.address import Remote, Transport
from pbx.core.ids import LegId
from pbx.core.srtp import Suite
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegEnded, LegRejected
from pbx.sip.negotiation import MediaProfile
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


def by_dtls(context: CallContext) -> CallContext:
    return replace(context, media=MediaProfile(srtp="optional", offers="dtls"))


@pytest.mark.requirement("MED-08")
@pytest.mark.parametrize(("transport", "is_browser"), [("udp", False), ("tls", False), ("wss", True)])
def test_a_browser_is_called_with_ice_and_a_telephone_without(transport: Transport, is_browser: bool) -> None:  # noqa: FBT001
    board = Board(change=by_dtls)
    phone = replace(contact("1003"), remote=Remote(transport, "192.0.2.7", 5061, 7))
    board.contacts = {"1003": (phone,)}
    board.offer("+441632960101")
    offer = board.last(PlaceCall).offer
    assert b"a=setup:actpass\r\n" in offer and b"a=fingerprint:sha-256 " in offer
    assert (b" UDP/TLS/RTP/SAVPF " in offer) == (b"a=ice-lite\r\n" in offer) == is_browser
    assert (b" UDP/TLS/RTP/SAVP " in offer) != is_browser


def by_counter_mode(context: CallContext) -> CallContext:
    suites: tuple[Suite, ...] = ("AES_256_CM_HMAC_SHA1_80",)
    return replace(context, media=MediaProfile(srtp="optional", offers="sdes", suites=suites))


@pytest.mark.requirement("MED-07")
def test_who_may_have_no_suite_of_dtls_is_not_called_by_it() -> None:
    board = Board(change=by_counter_mode)
    board.contacts = {"1003": (replace(contact("1003"), remote=Remote("wss", "192.0.2.7", 5061, 7)),)}
    board.offer(CAROL)
    offer = board.last(PlaceCall).offer
    assert b" RTP/SAVP " in offer and b"a=crypto:1 AES_256_CM_HMAC_SHA1_80 " in offer
    assert b"a=crypto:2 " not in offer and b"a=fingerprint" not in offer
