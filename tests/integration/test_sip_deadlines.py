"""Peers that are slow on purpose, and too many of them (S-17)."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.sip.events import EndpointInput, PacketReceived, TransportFailed
from pbx.sip.io.certificates import Certificates, TlsSettings
from pbx.sip.io.connection import Deadlines
from pbx.sip.io.table import Limits
from pbx.sip.io.transports import SipTransports, TransportOptions
from pbx.sip.listeners import Listener
from tests.authority import Authority
from tests.integration.sip_node import HOST, Node
from tests.integration.test_sip_transports import OPTIONS

N_SLOW = 2000
SHORT = Deadlines(handshake_s=0.3, first_s=0.4, message_s=0.3, idle_s=0.5, close_s=0.2)


def options(folder: Path, deadlines: Deadlines = SHORT, per_source: int = 3000) -> TransportOptions:
    pair = Authority(folder).issue("server", dns=("sip.acme.example",))
    return TransportOptions(
        listeners=tuple(Listener(transport=one, bind=Address(HOST, 0)) for one in ("tls", "ws", "wss")),
        certificates=Certificates(TlsSettings(default=pair)),
        origins=(None,),
        limits=Limits(per_source=per_source),
        deadlines=deadlines,
    )


async def closed_after(reader: asyncio.StreamReader, limit_s: float = 5) -> float:
    """Return how many seconds it took until the peer closed."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        await asyncio.wait_for(reader.read(), limit_s)
    except ConnectionResetError:
        pass
    return loop.time() - start


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize(
    ("transport", "said", "limit_s"),
    [
        ("tcp", b"", SHORT.first_s),
        ("tcp", b"\r\n\r\n", SHORT.first_s),  # keep-alives of somebody who never says more
        ("tcp", b"OPTIONS sip:a SIP/2.0\r\nVia: ", SHORT.message_s),
        ("tls", b"", SHORT.handshake_s),
        ("tls", b"\x16\x03\x01\x02\x00\x01", SHORT.handshake_s),
        ("ws", b"", SHORT.handshake_s),
        ("ws", b"GET / HTTP/1.1\r\nHost: a\r\n", SHORT.handshake_s),
        ("wss", b"", SHORT.handshake_s),
    ],
)
async def test_who_says_too_little_is_closed_at_the_deadline(
    tmp_path: Path, transport: str, said: bytes, limit_s: float
) -> None:
    node = Node(options=options(tmp_path))
    await node.start()
    port = next(one.bind.port for one in node.transports.listening if one.transport == transport)
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(said)
    took_s = await closed_after(reader)
    assert limit_s - 0.1 < took_s < limit_s + 1.0
    assert node.transports.n_connections == 0
    writer.close()
    await node.transports.close()


@pytest.mark.requirement("S-17")
async def test_a_message_that_trickles_in_does_not_move_its_deadline(tmp_path: Path) -> None:
    node = Node(options=options(tmp_path))
    await node.start()
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(HOST, node.transports.bound.port)
    start = loop.time()
    octets = iter(OPTIONS.format(n=1).encode() * 10)

    def trickle() -> None:
        if not writer.is_closing():
            writer.write(bytes([next(octets)]))
            loop.call_later(0.01, trickle)

    trickle()
    await closed_after(reader)
    assert loop.time() - start < SHORT.message_s + 0.5
    writer.close()
    await node.transports.close()


@pytest.mark.requirement("S-17")
async def test_2000_slow_connections_are_closed_and_a_telephone_is_served_meanwhile(tmp_path: Path) -> None:
    """One octet each and then nothing; what the deadline is in production changes nothing in how it works."""
    deadlines = replace(SHORT, message_s=3.0, first_s=4.0)
    node = Node(options=options(tmp_path, deadlines))
    await node.start()
    port = node.transports.bound.port
    loop = asyncio.get_running_loop()
    start = loop.time()
    slow: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for _ in range(N_SLOW // 100):  # as many at once as a backlog takes without loss
        slow += await asyncio.gather(*(asyncio.open_connection(HOST, port) for _ in range(100)))
    for _, writer in slow:
        writer.write(b"O")
    asked = loop.time()
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(OPTIONS.format(n=1).encode())
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"SIP/2.0 200 ")
    assert loop.time() - asked < 1.0
    assert node.transports.n_connections == N_SLOW + 1
    opened_s = asked - start
    took_s = await asyncio.gather(*(closed_after(one, 10) for one, _ in slow))
    assert len(took_s) == N_SLOW and max(took_s) < deadlines.message_s + opened_s + 1.0
    assert node.transports.n_connections <= 1
    for _, one in [*slow, (reader, writer)]:
        one.close()
    await node.transports.close()


async def test_connections_in_all_have_a_limit() -> None:
    options = TransportOptions(limits=Limits(connections=3, per_source=10))
    inputs: asyncio.Queue[EndpointInput] = asyncio.Queue()
    server = SipTransports(Address(HOST, 0), inputs.put_nowait, options=options)
    await server.start()
    streams = [await asyncio.open_connection(HOST, server.bound.port) for _ in range(4)]
    assert await closed_after(streams[3][0]) < 1.0
    assert server.n_connections == 3
    streams[0][1].close()
    assert isinstance(await asyncio.wait_for(inputs.get(), 5), TransportFailed)
    streams.append(await asyncio.open_connection(HOST, server.bound.port))
    streams[-1][1].write(OPTIONS.format(n=1).encode())
    assert isinstance(await asyncio.wait_for(inputs.get(), 5), PacketReceived)
    for _, one in streams:
        one.close()
    await server.close()


async def test_handshakes_count_as_connections_of_their_source(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half-open TLS must not be a way around the limit, and refusals must not fill the log."""
    node = Node(options=options(tmp_path, per_source=2))
    await node.start()
    address = node.address("tls")
    waiting = [await asyncio.open_connection(address.host, address.port) for _ in range(3)]
    assert await closed_after(waiting[2][0]) < 0.2
    assert node.transports.n_connections == 2
    for reader, _ in waiting[:2]:
        await closed_after(reader)
    for _ in range(5):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await closed_after(reader)
        writer.close()
    warnings = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one.getMessage() for one in warnings] == ["tls 127.0.0.1 refused: http request"]
    for _, writer in waiting:
        writer.close()
    await node.transports.close()
