"""Length-prefixed typed messages over a stream: how our processes talk, on one machine by Unix socket."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.peer import Peer, peer_of
from pbx.core.wire import MAX_MESSAGE, Codec

InT = TypeVar("InT")
OutT = TypeVar("OutT")
_LENGTH = struct.Struct("!I")
MAX_QUEUED = 4 << 20  # a peer that reads nothing for this long is dead


class Channel(Generic[InT, OutT]):
    """One connection: `receive` yields messages of `InT`, `send` queues messages of `OutT`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        incoming: Codec[InT],
        outgoing: Codec[OutT],
    ) -> None:
        self._reader, self._writer = reader, writer
        self._incoming, self._outgoing = incoming, outgoing
        self._unsent = bytearray()

    @property
    def n_queued(self) -> int:
        """How many octets the peer process has not read yet, beside what the kernel holds."""
        return self._writer.transport.get_write_buffer_size() + len(self._unsent)

    @property
    def is_open(self) -> bool:
        """Whether neither end has closed the connection yet, as far as we know."""
        return not self._writer.is_closing()

    @property
    def peer(self) -> Peer | None:
        """Whose process is at the other end of a Unix socket, None of another connection."""
        return peer_of(self._writer)

    @property
    def peer_names(self) -> frozenset[str]:
        """The DNS names of the peer's certificate, none without one."""
        certificate = self._writer.get_extra_info("peercert") or {}
        return frozenset(
            name.lower() for kind, name in certificate.get("subjectAltName", ()) if kind == "DNS"
        )

    async def receive(self) -> InT | None:
        """Return the next message, None at the end of the connection; ParseError on rubbish."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            if length > MAX_MESSAGE:
                raise ParseError(f"a message of {length} bytes")
            return self._incoming.decode(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):  # of TLS some are no ConnectionError
            return None

    def send(self, message: OutT) -> None:
        """Queue a message; TransportError when the peer is gone or reads nothing."""
        if self._writer.is_closing() or self.n_queued > MAX_QUEUED:
            raise TransportError("the peer process is gone or does not read")
        octets = self._outgoing.encode(message)
        # Each write wakes the peer process up: what is sent in one turn of the loop goes together.
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent += _LENGTH.pack(len(octets)) + octets

    async def drain(self) -> None:
        """Wait until the queue is short again."""
        self._flush()
        await self._writer.drain()

    def close(self) -> None:
        """Send what is queued, if the peer still reads, and disconnect."""
        self._flush()
        self._writer.close()

    def abort(self) -> None:
        """Disconnect from a peer that reads nothing: what is queued is lost, `receive` ends."""
        self._unsent.clear()
        self._writer.transport.abort()

    def _flush(self) -> None:
        if self._unsent and not self._writer.is_closing():
            self._writer.write(bytes(self._unsent))
        self._unsent.clear()


async def connect(path: Path, incoming: Codec[InT], outgoing: Codec[OutT]) -> Channel[InT, OutT]:
    """Connect to a serving process; TransportError when nobody listens."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except OSError as error:
        raise TransportError(f"{path.name}: {error.strerror}") from None
    return Channel(reader, writer, incoming, outgoing)


Accept = Callable[[Channel[InT, OutT]], "Awaitable[None] | None"]


async def serve(
    path: Path, codecs: tuple[Codec[InT], Codec[OutT]], accept: Accept[InT, OutT]
) -> asyncio.Server:
    """Listen on `path` (mode 0600, replaces a stale socket); `accept` gets each connection's channel."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await attend(Channel(reader, writer, *codecs), accept)

    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(connected, str(path))
    path.chmod(0o600)
    return server


async def attend(channel: Channel[InT, OutT], accept: Accept[InT, OutT]) -> None:
    """Let `accept` talk on a connection, and close it afterwards."""
    try:
        result = accept(channel)
        if result is not None:
            await result
    finally:
        channel.close()
