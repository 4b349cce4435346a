"""Keys are told where nobody reads them on the way."""

from dataclasses import replace
from typing import get_args

import pytest

from pbx.call.context import CallContext
from pbx.call.secrecy import is_secret
from pbx.core.address import Remote, Transport
from pbx.media.effects import ConnectLeg
from pbx.sip.effects import Answer, PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed
from pbx.sip.locate.rules import ServerName
from pbx.sip.negotiation import MediaProfile
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A
from tests.call.test_browsers import ORDER

CAROL = "+441632960101"
FLOW = "+441632960100"
KEYS = b"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" + b"A" * 40 + b"\r\n"


@pytest.mark.parametrize("transport", get_args(Transport))
def test_the_next_hop_tells(transport: Transport) -> None:
    to_address = replace(ORDER, remote=Remote(transport, "192.0.2.7", 5061))
    to_server = replace(ORDER, server=ServerName(host="sip.example", transport=transport))
    assert is_secret(to_address) == is_secret(to_server) == (transport in ("tls", "wss"))


def test_a_server_that_dns_chooses_is_none_unless_only_tls_will_do() -> None:
    by_tls = replace(ORDER, remote=Remote("tls", "192.0.2.7", 5061))
    assert not is_secret(replace(by_tls, server=ServerName(host="sip.example")))
    assert is_secret(replace(by_tls, server=ServerName(host="sip.example", secure=True)))


def opportunistic(context: CallContext) -> CallContext:
    return replace(context, media=MediaProfile(srtp="optional", offers="osrtp"))


@pytest.mark.rfc("8643", "3.1")
@pytest.mark.parametrize("transport", ["tls", "udp"])
def test_a_telephone_is_offered_keys_by_tls_and_falls_back(transport: Transport) -> None:
    board = Board(change=opportunistic)
    phone = replace(contact("1003"), remote=Remote(transport, "192.0.2.7", 5061, 7))
    board.contacts = {"1003": (phone,)}
    board.offer(CAROL)
    order = board.last(PlaceCall)
    assert b" RTP/AVP " in order.offer
    assert (b"a=crypto:" in order.offer) == (transport == "tls")
    board.send(LegAnswered(leg=order.leg, answer=ANSWER))
    assert [one.security for one in board.all(ConnectLeg) if one.leg == order.leg] == [None]


@pytest.mark.rfc("8643", "3.3")
def test_a_telephone_that_takes_the_keys_is_connected_with_them() -> None:
    board = Board(change=opportunistic)
    board.contacts = {"1003": (replace(contact("1003"), remote=Remote("tls", "192.0.2.7", 5061, 7)),)}
    board.offer(CAROL)
    leg = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=leg, answer=ANSWER + KEYS))
    [connected] = [one for one in board.all(ConnectLeg) if one.leg == leg]
    assert connected.security is not None


@pytest.mark.parametrize("transport", ["tls", "udp"])
def test_a_caller_who_lets_us_offer_is_told_keys_by_tls_too(transport: Transport) -> None:
    board = Board(change=opportunistic)
    board.offer(FLOW, sdp=None, source=Remote(transport, "192.0.2.9", 5061, 7))
    assert (b"a=crypto:" in (board.last(Answer).answer or b"")) == (transport == "tls")
    board.send(LegConfirmed(leg=A, answer=ANSWER))
    assert board.last(ConnectLeg).security is None
