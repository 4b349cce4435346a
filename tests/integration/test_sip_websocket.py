"""SIP over WebSocket on loopback, with the client of another layer of the library and with raw octets."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Origin, Subprotocol

from pbx.core.address import Address, Remote, Transport
from pbx.sip.events import PacketReceived
from pbx.sip.framing import MAX_MESSAGE
from pbx.sip.io.certificates import Certificates, TlsSettings
from pbx.sip.io.connection import Deadlines
from pbx.sip.io.transports import TransportOptions
from pbx.sip.listeners import Listener
from pbx.sip.message import Request, parse_message
from tests.authority import Authority
from tests.integration.sip_node import HOST, Node, call
from tests.integration.test_sip_transports import OPTIONS

PAGE = "https://phone.example"
SIP = [Subprotocol("sip")]
NAME = "sip.acme.example"
TEXT = OPTIONS.replace("/TCP 127.0.0.1:5999", "/WS df7jal23ls0d.invalid")
UPGRADE = (
    "GET / HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {PAGE}\r\n"
    "Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
DEADLINES = Deadlines(ping_s=0.2, message_s=0.3, close_s=0.5)


def options(folder: Path, **more: object) -> TransportOptions:
    pair = Authority(folder).issue("server", dns=(NAME,))
    plain = TransportOptions(
        listeners=tuple(Listener(transport=one, bind=Address(HOST, 0)) for one in ("ws", "wss")),
        certificates=Certificates(TlsSettings(default=pair)),
        origins=(PAGE,),
        deadlines=DEADLINES,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Node]:
    node = Node(options=options(tmp_path))
    await node.start()
    yield node
    await node.transports.close()


def url(node: Node, transport: Transport = "ws") -> str:
    return f"{transport}://{node.address(transport)}/"


async def connected(
    node: Node, origin: str | None = PAGE, subprotocols: list[Subprotocol] | None = SIP
) -> ClientConnection:
    page = None if origin is None else Origin(origin)
    return await connect(url(node), origin=page, subprotocols=subprotocols, proxy=None)


async def heard(client: ClientConnection) -> str:
    return str(await asyncio.wait_for(client.recv(), 5))


@pytest.mark.requirement("SIP-04")
@pytest.mark.rfc("7118", "5")
@pytest.mark.parametrize("transport", ["ws", "wss"])
async def test_a_browser_is_answered_and_reached_on_its_connection(
    server: Node, tmp_path: Path, transport: Transport
) -> None:
    trust = ssl.create_default_context(cafile=str(tmp_path / "ca.pem")) if transport == "wss" else None
    client = await connect(
        url(server, transport),
        origin=Origin(PAGE),
        subprotocols=SIP,
        proxy=None,
        ssl=trust,
        server_hostname=NAME if trust else None,
    )
    assert (client.subprotocol, client.protocol.extensions) == ("sip", [])
    await client.send(TEXT.format(n=1))
    assert (await heard(client)).startswith("SIP/2.0 200 OK\r\n")
    packet = await server.inputs.get()
    assert isinstance(packet, PacketReceived) and packet.remote.transport == transport
    server.take(replace(call(Address(HOST, 1), "udp"), remote=packet.remote))
    invite = parse_message((await heard(client)).encode())
    assert isinstance(invite, Request) and invite.method == "INVITE"
    ours = server.address(transport)
    assert (invite.top_via.transport, invite.top_via.port) == (transport.upper(), ours.port)
    assert invite.contacts[0].uri == f"sip:pbx@{ours};transport=ws"
    await client.close()


@pytest.mark.requirement("S-37")
@pytest.mark.parametrize(
    ("origin", "subprotocols", "status"),
    [
        ("https://evil.example", SIP, 403),
        ("http://phone.example", SIP, 403),
        (None, SIP, 403),
        (PAGE, None, 400),
        (PAGE, [Subprotocol("xmpp")], 400),
    ],
)
async def test_strange_pages_and_other_protocols_are_refused(
    server: Node,
    origin: str | None,
    subprotocols: list[Subprotocol] | None,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connected(server, origin=origin, subprotocols=subprotocols)
    assert refused.value.response.status_code == status
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1 and warnings[0].startswith(f"ws 127.0.0.1 refused: WebSocket upgrade: {status}")


async def test_a_client_that_is_no_browser_needs_permission(tmp_path: Path) -> None:
    node = Node(options=options(tmp_path, origins=(PAGE, None)))
    await node.start()
    client = await connected(node, origin=None)
    await client.send(TEXT.format(n=1))
    assert (await heard(client)).startswith("SIP/2.0 200 ")
    await client.close()
    await node.transports.close()


@pytest.mark.requirement("S-37")
async def test_fragments_empty_frames_and_keep_alives(server: Node) -> None:
    client = await connected(server)
    text = TEXT.format(n=1)
    await client.send([text[:10], "", text[10:50], text[50:]])  # four frames, one of them empty
    assert (await heard(client)).startswith("SIP/2.0 200 ")
    await client.send("")
    await client.send("\r\n\r\n")
    assert await heard(client) == "\r\n"
    await asyncio.wait_for(await client.ping(), 5)
    await client.close()


async def raw(server: Node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection(HOST, server.address("ws").port)
    writer.write(UPGRADE.encode())
    return reader, writer, await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)


async def end_of(reader: asyncio.StreamReader) -> int:
    """Return the code of the close frame that comes next, without pings before it."""
    while True:
        opcode, length = await asyncio.wait_for(reader.readexactly(2), 5)
        body = await reader.readexactly(length)
        if opcode == 0x88:
            assert await asyncio.wait_for(reader.read(), 5) == b""
            return int.from_bytes(body[:2])


def frame(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


def compressed(data: bytes) -> bytes:
    """Return a text frame with the bit of permessage-deflate, which was not agreed."""
    octets = bytearray(frame(Opcode.TEXT, data))
    octets[0] |= 0x40
    return bytes(octets)


@pytest.mark.requirement("S-37")
@pytest.mark.rfc("6455", "7.4.1")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (frame(Opcode.TEXT, b"OPTIONS", mask=False), 1002),
        (compressed(b"\x01\x02" * 32), 1002),
        (frame(Opcode.CONT, b"x"), 1002),
        (frame(Opcode.BINARY, b"x" * (MAX_MESSAGE + 1)), 1009),
        (
            frame(Opcode.TEXT, b"x" * 40_000, fin=False) + frame(Opcode.CONT, b"x" * 40_000),
            1009,
        ),
        (frame(Opcode.TEXT, b"\xff\xfe"), 1007),
    ],
)
async def test_frames_that_break_the_protocol_end_it(server: Node, octets: bytes, code: int) -> None:
    reader, writer, answer = await raw(server)
    assert b" 101 " in answer and b"permessage-deflate" not in answer
    writer.write(octets)
    assert await end_of(reader) == code
    assert server.inputs.empty()
    writer.close()


@pytest.mark.requirement("S-37")
@pytest.mark.parametrize(
    "octets", [b"\x16\x03\x01 no HTTP\r\n\r\n", b"OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n"]
)
async def test_what_is_no_upgrade_gets_a_400(server: Node, octets: bytes) -> None:
    reader, writer = await asyncio.open_connection(HOST, server.address("ws").port)
    writer.write(octets)
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_one_byte_segments_of_a_websocket(server: Node) -> None:
    reader, writer = await asyncio.open_connection(HOST, server.address("ws").port)
    for octet in UPGRADE.encode() + frame(Opcode.TEXT, TEXT.format(n=1).encode()):
        writer.write(bytes([octet]))
        await writer.drain()
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b" 101 " in answer
    assert b"SIP/2.0 200 OK" in await asyncio.wait_for(reader.read(100), 5)
    writer.close()


@pytest.mark.parametrize("is_alive", [True, False])
async def test_a_browser_that_answers_no_ping_is_gone(server: Node, is_alive: bool) -> None:
    reader, writer, _ = await raw(server)
    writer.write(frame(Opcode.TEXT, TEXT.format(n=1).encode()))
    await asyncio.wait_for(reader.readuntil(b"Content-Length: 0\r\n\r\n"), 5)
    for _ in range(3):
        try:
            ping = await asyncio.wait_for(reader.readexactly(2), 5)
        except asyncio.IncompleteReadError:
            break
        assert ping == b"\x89\x00"
        if is_alive:
            writer.write(frame(Opcode.PONG, b""))
    assert reader.at_eof() is not is_alive
    writer.close()


async def test_nobody_dials_a_browser(server: Node) -> None:
    server.take(replace(call(Address(HOST, 1), "udp"), remote=Remote("ws", HOST, server.address("ws").port)))
    assert type(await server.next()).__name__ == "LegRejected"


async def test_a_browser_that_leaves_says_goodbye(server: Node) -> None:
    client = await connected(server)
    await client.close()
    with pytest.raises(ConnectionClosed):
        await client.recv()
    assert client.close_code == 1000
