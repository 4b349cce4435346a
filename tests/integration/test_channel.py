"""Two ends of a real Unix socket: what is sent arrives, rubbish and dead peers are told apart."""

import asyncio
import stat
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.channel import MAX_QUEUED, Channel, connect, serve
from pbx.core.secret import Secret
from pbx.core.wire import MAX_MESSAGE, Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    number: int
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    digit: Secret[str]


Words = Ask | Tell
CODEC: Codec[Words] = Codec(Words)
PATIENCE_S = 5.0
Attend = Callable[[Channel[Words, Words]], Awaitable[None]]


async def answer_everything(channel: Channel[Words, Words]) -> None:
    """Send every message back until the peer goes."""
    while (message := await channel.receive()) is not None:
        channel.send(message)
        await channel.drain()


@asynccontextmanager
async def served(path: Path, attend: Attend = answer_everything) -> AsyncIterator[None]:
    server = await serve(path, (CODEC, CODEC), attend)
    try:
        yield
    finally:
        server.close()


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[Channel[Words, Words]]:
    channel = await connect(path, CODEC, CODEC)
    try:
        yield channel
    finally:
        channel.close()


async def received(channel: Channel[Words, Words]) -> Words | None:
    async with asyncio.timeout(PATIENCE_S):
        return await channel.receive()


@asynccontextmanager
async def hand_made(path: Path, octets: bytes) -> AsyncIterator[Channel[Words, Words]]:
    """A channel whose peer writes these octets and hangs up."""

    async def write(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        writer.close()

    server = await asyncio.start_unix_server(write, str(path))
    try:
        async with connected(path) as channel:
            yield channel
    finally:
        server.close()


async def test_messages_arrive_whole_and_in_order(tmp_path: Path) -> None:
    sent: list[Words] = [Ask(number=0), Ask(number=1, body=bytes(700_000)), Tell(digit=Secret("7"))]
    async with served(tmp_path / "s"), connected(tmp_path / "s") as channel:
        for message in sent:
            channel.send(message)
        assert [await received(channel) for _ in sent] == sent


async def test_each_connection_has_a_channel_of_its_own(tmp_path: Path) -> None:
    async with (
        served(tmp_path / "s"),
        connected(tmp_path / "s") as one,
        connected(tmp_path / "s") as other,
    ):
        other.send(Ask(number=2))
        one.send(Ask(number=1))
        assert (await received(one), await received(other)) == (Ask(number=1), Ask(number=2))


async def test_only_we_may_connect_and_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with served(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.touch()  # what a killed process leaves behind
    async with served(path), connected(path) as channel:
        channel.send(Ask(number=3))
        assert await received(channel) == Ask(number=3)


async def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(TransportError):
        await connect(tmp_path / "missing", CODEC, CODEC)
    (tmp_path / "file").touch()
    with pytest.raises(TransportError):
        await connect(tmp_path / "file", CODEC, CODEC)


async def test_the_end_is_none_and_sending_fails_afterwards(tmp_path: Path) -> None:
    async def hang_up(channel: Channel[Words, Words]) -> None:
        assert await channel.receive() == Ask(number=1)

    async with served(tmp_path / "s", hang_up), connected(tmp_path / "s") as channel:
        channel.send(Ask(number=1))
        assert await received(channel) is None
        channel.close()
        with pytest.raises(TransportError):
            channel.send(Ask(number=2))


async def test_the_connection_closes_when_its_server_fails(tmp_path: Path) -> None:
    async def give_up(channel: Channel[Words, Words]) -> None:
        with suppress(ParseError):
            await channel.receive()

    async with served(tmp_path / "s", give_up):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(struct.pack("!I", 7) + b"rubbish")
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    "octets",
    [
        struct.pack("!I", 7) + b"rubbish",
        struct.pack("!I", 0),
        struct.pack("!I", 2) + b"{}",
        struct.pack("!I", MAX_MESSAGE + 1),  # refused before it is read
        b"\xff\xff\xff\xff",
    ],
)
async def test_rubbish_is_a_parse_error(tmp_path: Path, octets: bytes) -> None:
    async with hand_made(tmp_path / "s", octets) as channel:
        with pytest.raises(ParseError):
            await received(channel)


@pytest.mark.parametrize("octets", [b"", b"\x00\x00", struct.pack("!I", 100) + b"half"])
async def test_a_message_that_is_cut_off_is_the_end(tmp_path: Path, octets: bytes) -> None:
    async with hand_made(tmp_path / "s", octets) as channel:
        assert await received(channel) is None


async def test_what_is_sent_in_one_turn_arrives_in_one_piece(tmp_path: Path) -> None:
    pieces: list[bytes] = []
    done = asyncio.Event()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(MAX_MESSAGE):
            pieces.append(piece)
        writer.close()
        done.set()

    async with await asyncio.start_unix_server(read, str(tmp_path / "s")):
        async with connected(tmp_path / "s") as channel:
            for number in range(3):
                channel.send(Ask(number=number))
            await asyncio.sleep(0)
            channel.send(Ask(number=3))  # goes with the end of the connection
        await asyncio.wait_for(done.wait(), PATIENCE_S)
    expected = [CODEC.encode(Ask(number=number)) for number in range(4)]
    assert b"".join(pieces) == b"".join(struct.pack("!I", len(one)) + one for one in expected)
    assert pieces[0].count(b'"Ask"') >= 3


async def test_a_peer_that_reads_nothing_is_given_up(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def sleep(_channel: Channel[Words, Words]) -> None:
        await release.wait()

    async with served(tmp_path / "s", sleep), connected(tmp_path / "s") as channel:
        big = Ask(number=1, body=bytes(MAX_MESSAGE // 2))
        size = len(CODEC.encode(big))
        with pytest.raises(TransportError):
            for _ in range(4 * MAX_QUEUED // size):  # far more than queue and socket buffers take
                channel.send(big)
        release.set()
