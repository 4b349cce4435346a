"""Requests too large for a datagram: by TCP, and back to UDP where there is none."""

import pytest

from pbx.core.address import Address, Remote
from pbx.core.ids import LegId, SeededIds
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import (
    EndpointOutput,
    LegRejected,
    LegRinging,
    PacketReceived,
    SendPacket,
    TransportFailed,
)
from pbx.sip.listeners import Listener, Listeners
from pbx.sip.message import Request, parse_message
from pbx.sip.responses import response_to
from pbx.sip.settings import EndpointSettings
from pbx.sip.size_switch import MAX_IN_DATAGRAM, MAX_REMEMBERED, REFUSED_S, SizeSwitch

US, PEER = Address("10.0.0.1", 5060), Remote("udp", "10.0.0.2", 5070)
TCP = Remote("tcp", PEER.host, PEER.port)
BOTH = Listeners(
    (Listener(transport="udp", bind=US), Listener(transport="tcp", bind=Address("10.0.0.1", 5080)))
)
UDP_ONLY = Listeners((Listener(transport="udp", bind=US),))
LARGE = b"v=0\r\n" + b"a=x\r\n" * 300


def endpoint(listeners: Listeners = BOTH) -> Endpoint:
    settings = EndpointSettings(listen=US, listeners=listeners, accept_calls_from_anyone=True)
    return Endpoint(settings=settings, ids=SeededIds("size"), nonce_key=b"k" * 32)


def place(one: Endpoint, now: float, offer: bytes = LARGE, leg: str = "a") -> SendPacket:
    order = PlaceCall(
        leg=LegId(leg),
        target="sip:200@10.0.0.2",
        to="sip:200@10.0.0.2",
        from_uri="sip:100@10.0.0.1",
        from_display="",
        remote=PEER,
        offer=offer,
    )
    (packet,) = packets(one.handle(order, now))
    return packet


def packets(outputs: list[EndpointOutput]) -> list[SendPacket]:
    return [output for output in outputs if isinstance(output, SendPacket)]


def request(packet: SendPacket) -> Request:
    message = parse_message(packet.octets)
    assert isinstance(message, Request)
    return message


@pytest.mark.rfc("3261", "18.1.1")
@pytest.mark.requirement("SIP-03")
@pytest.mark.parametrize(("n_octets", "moves"), [(MAX_IN_DATAGRAM, False), (MAX_IN_DATAGRAM + 1, True)])
def test_what_fits_stays(n_octets: int, moves: bool) -> None:
    switch = SizeSwitch(BOTH)
    assert switch.carrier(n_octets, PEER, 0.0) == (TCP if moves else PEER)
    over_tls = Remote("tls", "10.0.0.2", 5061, 3)
    assert switch.carrier(n_octets, over_tls, 0.0) == over_tls
    assert SizeSwitch(UDP_ONLY).carrier(n_octets, PEER, 0.0) == PEER


@pytest.mark.rfc("3261", "18.1.1")
def test_a_large_invite_goes_by_tcp_with_a_via_that_says_so() -> None:
    packet = place(endpoint(), 0.0)
    assert packet.remote == TCP
    via = request(packet).top_via
    assert (via.transport, via.host, via.port) == ("TCP", "10.0.0.1", 5080)
    assert via.branch is not None and via.rport == ""
    small = place(endpoint(), 0.0, b"v=0\r\n")
    assert small.remote == PEER and request(small).top_via.transport == "UDP"


@pytest.mark.rfc("3261", "18.1.1")
def test_a_peer_without_tcp_gets_the_same_request_by_udp_with_its_timers() -> None:
    one = endpoint()
    first = place(one, 0.0)
    (again,) = packets(one.handle(TransportFailed(remote=TCP), 0.2))
    assert again.remote == PEER
    via, was = request(again).top_via, request(first).top_via
    assert (via.transport, via.port, via.branch) == ("UDP", 5060, was.branch)
    assert one.deadline == pytest.approx(0.7)  # timer A, which TCP does not have
    (repeated,) = packets(one.tick(0.7))
    assert repeated.octets == again.octets
    answer = response_to(request(again), 180, source=PEER, to_tag="t")
    outputs = one.handle(PacketReceived(octets=bytes(answer), remote=PEER), 0.8)
    assert [type(output) for output in outputs] == [LegRinging]
    assert place(one, 1.0, leg="b").remote == PEER  # at once: TCP was refused just now
    assert place(one, 0.2 + REFUSED_S, leg="c").remote == TCP


@pytest.mark.rfc("3261", "18.1.1")
def test_a_peer_that_rang_by_tcp_is_not_called_again_by_udp() -> None:
    one = endpoint()
    answer = response_to(request(place(one, 0.0)), 180, source=TCP, to_tag="t")
    one.handle(PacketReceived(octets=bytes(answer), remote=Remote("tcp", PEER.host, PEER.port, 1)), 0.1)
    outputs = one.handle(TransportFailed(remote=Remote("tcp", PEER.host, PEER.port, 1)), 0.2)
    assert packets(outputs) == []
    assert [type(output) for output in outputs] == [LegRejected]


@pytest.mark.rfc("3261", "9.1")
@pytest.mark.parametrize("has_tcp", [True, False])
def test_cancel_goes_where_its_invite_went(has_tcp: bool) -> None:
    one = endpoint()
    invite = place(one, 0.0)
    if not has_tcp:
        (invite,) = packets(one.handle(TransportFailed(remote=TCP), 0.1))
    answer = response_to(request(invite), 180, source=invite.remote, to_tag="t")
    one.handle(PacketReceived(octets=bytes(answer), remote=invite.remote), 0.2)
    (cancel,) = packets(one.handle(HangUp(leg=LegId("a")), 0.3))
    assert cancel.remote == invite.remote
    assert str(request(cancel).top_via) == str(request(invite).top_via)
    assert len(cancel.octets) < MAX_IN_DATAGRAM


def test_the_memory_of_refusals_is_bounded() -> None:
    switch = SizeSwitch(BOTH)
    for port in range(MAX_REMEMBERED + 1):
        switch.refused(Remote("udp", "10.0.0.2", port), 0.0)
    assert switch.carrier(2000, Remote("udp", "10.0.0.2", 0), 1.0).transport == "tcp"
    assert switch.carrier(2000, Remote("udp", "10.0.0.2", 1), 1.0).transport == "udp"
