"""SIP over TCP: one connection, framed by Content-Length (RFC 3261 §18.3, RFC 5626 §4.4.1)."""

import asyncio
from typing import Protocol, cast

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.sip.events import PacketReceived
from pbx.sip.message import frame_length

IDLE_S = 120.0  # RFC 5626 clients send a keep-alive at least every 120 s
HEADER_S = 10.0  # from the first octet of a message to its last; slower is an attack or a dead link
MAX_UNSENT = 1 << 20  # octets; a peer that does not read is cut off
PING, PONG = b"\r\n\r\n", b"\r\n"


class ConnectionOwner(Protocol):
    """Who holds the connections."""

    def opened(self, connection: "TcpConnection") -> bool:
        """Take a new connection; False = there are too many."""
        ...

    def received(self, packet: PacketReceived) -> None:
        """A whole message arrived."""
        ...

    def closed(self, connection: "TcpConnection") -> None:
        """The connection is gone."""
        ...


class Framer:
    """Octets of a stream cut into messages; survives any segmentation."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    @property
    def is_inside_message(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._buffer.strip(b"\r\n"))

    def feed(self, octets: bytes) -> tuple[list[bytes], int]:
        """Return the messages completed by `octets` and how many pings came between messages.

        ParseError when the stream cannot be followed any further.
        """
        self._buffer += octets
        messages: list[bytes] = []
        n_pings = 0
        while self._buffer:
            if self._buffer.startswith(PING):
                self._buffer = self._buffer[len(PING) :]
                n_pings += 1
                continue
            if not self._buffer.strip(b"\r\n"):
                self._buffer = self._buffer[-3:]  # maybe the beginning of a ping
                break
            self._buffer = self._buffer.lstrip(b"\r\n")
            length = frame_length(self._buffer)
            if length is None or length > len(self._buffer):
                break
            messages.append(self._buffer[:length])
            self._buffer = self._buffer[length:]
        return messages, n_pings


class TcpConnection(asyncio.Protocol):
    """One connection with a number of its own, an idle limit and a deadline for each message."""

    def __init__(self, owner: ConnectionOwner, number: int, *, inbound: bool) -> None:
        self.number = number
        self.inbound = inbound
        self.remote = Remote("tcp", "", 0, number)
        self._owner = owner
        self._framer = Framer()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._is_taken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # loops share no base class
        peer = self._transport.get_extra_info("peername") or ("", 0)
        self.remote = Remote("tcp", peer[0], peer[1], self.number)
        self._is_taken = self._owner.opened(self)
        if not self._is_taken:
            self.abort()
            return
        self._watch(IDLE_S)

    def data_received(self, data: bytes) -> None:
        was_inside = self._framer.is_inside_message
        try:
            messages, n_pings = self._framer.feed(data)
        except ParseError:
            self.abort()
            return
        for octets in messages:
            self._owner.received(PacketReceived(octets=octets, remote=self.remote))
        if n_pings:
            self.send(PONG)
        if not self._framer.is_inside_message:
            self._watch(IDLE_S)
        elif messages or not was_inside:
            self._watch(HEADER_S)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        if self._is_taken:
            self._owner.closed(self)

    def send(self, octets: bytes) -> None:
        """Write one message; a peer with MAX_UNSENT octets waiting is cut off."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self.abort()
            return
        self._transport.write(octets)
        if not self._framer.is_inside_message:
            self._watch(IDLE_S)

    def close(self) -> None:
        """Close after what is written has gone out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _watch(self, seconds: float) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = self._loop.call_later(seconds, self.abort)
