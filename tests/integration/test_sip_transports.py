"""Two endpoints on real loopback sockets exchange a call over UDP and over TCP."""

import asyncio
import select
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from pbx.core.address import Address, Remote, Transport
from pbx.core.errors import TransportError
from pbx.core.ids import LegId
from pbx.sip.effects import Answer, HangUp
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    PacketReceived,
    SendPacket,
)
from pbx.sip.io import transports as limits
from pbx.sip.io.transports import SipTransports
from tests.integration.sip_node import HOST, Node, call

N_AT_ONCE = 400
OPTIONS = (
    "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK{n};rport\r\n"
    "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: c{n}\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
async def nodes() -> AsyncIterator[tuple[Node, Node]]:
    pair = Node(), Node()
    for node in pair:
        await node.start()
    yield pair
    for node in pair:
        await node.transports.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_over_loopback(nodes: tuple[Node, Node], transport: Transport) -> None:
    caller, callee = nodes
    caller.take(call(callee.transports.bound, transport))
    offered = await callee.next()
    assert isinstance(offered, CallOffered) and offered.offer == b"v=0\r\n"
    callee.take(Answer(leg=offered.leg, answer=b"v=0\r\n"))
    assert isinstance(await caller.next(), LegAnswered)
    assert isinstance(await callee.next(), LegConfirmed)
    callee.take(HangUp(leg=offered.leg))
    assert isinstance(await callee.next(), LegEnded)
    ended = await caller.next()
    assert isinstance(ended, LegEnded) and ended.by_peer
    expected = 1 if transport == "tcp" else 0
    assert (caller.transports.n_connections, callee.transports.n_connections) == (expected, expected)


@pytest.mark.rfc("3261", "18.1.1")
@pytest.mark.requirement("SIP-03")
@pytest.mark.parametrize("listens", [("udp", "tcp"), ("udp",)])
async def test_a_large_invite_finds_a_peer_with_tcp_and_one_without(listens: tuple[Transport, ...]) -> None:
    caller, callee = Node(), Node(listens=listens)
    await caller.start()
    await callee.start()
    caller.take(replace(call(callee.transports.bound, "udp"), offer=b"v=0\r\n" + b"a=x\r\n" * 300))
    offered = await callee.next()
    assert isinstance(offered, CallOffered) and offered.source.transport == listens[-1]
    callee.take(Answer(leg=offered.leg, answer=b"v=0\r\n"))
    assert isinstance(await caller.next(), LegAnswered)
    assert isinstance(await callee.next(), LegConfirmed)
    await caller.transports.close()
    await callee.transports.close()


@pytest.mark.requirement("SIP-02")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_over_ipv6(transport: Transport) -> None:
    caller, callee = Node("::1"), Node("::1")
    await caller.start()
    await callee.start()
    caller.take(call(callee.transports.bound, transport))
    offered = await callee.next()
    assert isinstance(offered, CallOffered) and offered.source.host == "::1"
    callee.take(Answer(leg=offered.leg, answer=b"v=0\r\n"))
    assert isinstance(await caller.next(), LegAnswered)
    assert isinstance(await callee.next(), LegConfirmed)
    caller.take(HangUp(leg=LegId("out")))
    assert isinstance(await caller.next(), LegEnded)
    ended = await callee.next()
    assert isinstance(ended, LegEnded) and ended.by_peer
    await caller.transports.close()
    await callee.transports.close()


async def test_both_families_listen_on_one_port() -> None:
    server = SipTransports(Address("127.0.0.1", 0), lambda event: None)
    await server.start()
    other = SipTransports(Address("::", server.bound.port), lambda event: None)
    await other.start()  # :: takes no IPv4
    assert [one.transport for one in other.listening] == ["tcp", "udp"]
    await other.close()
    await server.close()


async def test_refused_connection_rejects_the_leg(nodes: tuple[Node, Node]) -> None:
    caller, callee = nodes
    await callee.transports.close()
    caller.take(call(callee.transports.bound, "tcp"))
    rejected = await caller.next()
    assert isinstance(rejected, LegRejected) and rejected.status == 503


async def test_one_byte_segments_and_pings(nodes: tuple[Node, Node]) -> None:
    server = nodes[0]
    reader, writer = await asyncio.open_connection(HOST, server.transports.bound.port)
    for octet in (OPTIONS.format(n=1) + "\r\n\r\n").encode():
        writer.write(bytes([octet]))
        await writer.drain()
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert answer.startswith(b"SIP/2.0 200 OK\r\n")
    assert await asyncio.wait_for(reader.readexactly(2), 5) == b"\r\n"
    writer.close()


@pytest.mark.rfc("3261", "18.3")
@pytest.mark.requirement("S-18")
@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("", 400),
        ("Content-Length: 0\r\nContent-Length: 3\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: 99999999999\r\n", 400),
        ("Content-Length: 99999\r\n", 513),
    ],
)
async def test_a_lie_about_the_length_is_answered_and_the_stream_closed(
    nodes: tuple[Node, Node], length: str, status: int
) -> None:
    reader, writer = await asyncio.open_connection(HOST, nodes[0].transports.bound.port)
    writer.write(OPTIONS.format(n=1).replace("Content-Length: 0\r\n", length).encode() + b"INVITE rest")
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith(f"SIP/2.0 {status} ".encode()) and answer.count(b"SIP/2.0 ") == 1
    assert nodes[0].inputs.empty()  # nothing of it came further than the socket
    writer.close()


async def test_the_21st_connection_of_a_source_is_refused(nodes: tuple[Node, Node]) -> None:
    server = nodes[0]
    streams = [
        await asyncio.open_connection(HOST, server.transports.bound.port)
        for _ in range(limits.MAX_PER_SOURCE)
    ]
    streams[-1][1].write(OPTIONS.format(n=1).encode())
    await asyncio.wait_for(streams[-1][0].readuntil(b"\r\n\r\n"), 5)
    assert server.transports.n_connections == limits.MAX_PER_SOURCE
    reader, writer = await asyncio.open_connection(HOST, server.transports.bound.port)
    with pytest.raises(ConnectionResetError):
        if await asyncio.wait_for(reader.read(), 5) == b"":
            raise ConnectionResetError
    for _, one in [*streams, (reader, writer)]:
        one.close()


@pytest.mark.rfc("5626", "4.4.2")
async def test_a_flow_over_udp_is_kept_alive_by_stun(nodes: tuple[Node, Node]) -> None:
    bound = nodes[0].transports.bound
    request = bytes.fromhex("00010000 2112a442") + b"transaction!"
    with socket.socket(type=socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.connect((bound.host, bound.port))
        phone.send(b"\r\n\r\n")
        phone.send(request)
        async with asyncio.timeout(5):
            answer = await asyncio.get_running_loop().sock_recv(phone, 1000)
    assert answer[:2] == bytes.fromhex("0101") and answer[8:20] == b"transaction!"
    assert nodes[0].inputs.empty()


async def test_datagrams_too_long_or_empty_are_dropped(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    to = second.transports.bound
    remote = Remote("udp", to.host, to.port)
    for octets in (b"\r\n\r\n", b"x" * (8 * 1024 + 1), OPTIONS.format(n=2).encode()):
        first.transports.send(SendPacket(octets=octets, remote=remote))
    received = await asyncio.wait_for(second.inputs.get(), 5)
    assert isinstance(received, PacketReceived) and received.octets.startswith(b"OPTIONS")
    assert second.inputs.empty()


@pytest.mark.parametrize("only", ["udp", "tcp"])
async def test_a_transport_that_is_not_configured_is_not_opened(only: Transport) -> None:
    server = SipTransports(Address(HOST, 0), lambda event: None, (only,))
    await server.start()
    other: Transport = "tcp" if only == "udp" else "udp"
    on_other = SipTransports(server.bound, lambda event: None, (other,))
    await on_other.start()  # the port is free there
    with pytest.raises(TransportError, match="another program has taken"):
        await SipTransports(server.bound, lambda event: None, (only,)).start()
    await server.close()
    await on_other.close()


async def test_an_office_that_connects_at_once_is_not_lost_in_the_backlog() -> None:
    server = SipTransports(Address(HOST, 0), lambda event: None)
    await server.start()
    clients = [socket.socket() for _ in range(N_AT_ONCE)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex((HOST, server.bound.port))  # before the loop can accept one of them
    poll = select.poll()
    for client in clients:
        poll.register(client, select.POLLOUT)
    connected = sum(bool(event & select.POLLOUT) for _, event in poll.poll(0))
    for client in clients:
        client.close()
    await server.close()
    assert connected == N_AT_ONCE


async def test_a_burst_waits_in_the_kernel_while_the_process_is_busy() -> None:
    """As many datagrams as 500 calls a second make in one, sent before the loop turns once."""
    node = Node()
    await node.start()
    bound = node.transports.bound
    n_sent = 1500
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        for n in range(n_sent):
            text = OPTIONS.format(n=n).replace("/TCP", "/UDP").encode()
            peer.sendto(text.ljust(1000, b" "), (bound.host, bound.port))
    async with asyncio.timeout(10):
        for _ in range(n_sent):
            await node.inputs.get()
    await node.transports.close()
