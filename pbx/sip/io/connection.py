"""One connection of a stream transport: octets in, whole SIP messages out, all within deadlines."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol, cast

from pbx.core.address import Remote, Transport
from pbx.core.errors import ParseError
from pbx.sip.defence.buckets import UNLIMITED, Rate
from pbx.sip.defence.pace import Pace
from pbx.sip.events import PacketReceived
from pbx.sip.io.tls import TlsRefused, TlsSession
from pbx.sip.unframed import unframed_answer

MAX_WAITING = 64  # messages for one peer while its connection is being opened
MAX_UNSENT = 1 << 20  # octets; a peer that does not read is cut off
TURN = 16  # messages that one connection may bring before the others have their turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long a peer may take, in seconds."""

    handshake_s: float = 10.0  # TLS and the WebSocket upgrade together
    first_s: float = 30.0  # from there to the first whole message: nobody connects to say nothing
    message_s: float = (
        10.0  # from the first octet of a message to its last; slower is an attack or a dead link
    )
    idle_s: float = 120.0  # RFC 5626 clients send a keep-alive at least every 120 s
    ping_s: float = 45.0  # we ping where the framing can: proxies forget a quiet WebSocket after 60 s
    close_s: float = 2.0  # for the peer to read the last answer


class Framing(Protocol):
    """How messages lie in the octets of a connection."""

    is_open: bool  # messages may be sent
    is_over: bool  # close once the output is written
    sends_pings: bool
    refusal: str  # why the peer was refused, "" = it was not

    @property
    def is_inside_message(self) -> bool: ...

    @property
    def rest(self) -> bytes: ...

    def receive(self, octets: bytes) -> list[bytes]: ...

    def send(self, message: bytes) -> None: ...

    def ping(self) -> None: ...

    def take_output(self) -> bytes: ...


class ConnectionOwner(Protocol):
    """Who holds the connections."""

    def rate_of(self, connection: "StreamConnection") -> Rate:
        """Return how many messages of a new connection are taken."""
        ...

    def opened(self, connection: "StreamConnection") -> bool:
        """Take a new connection; False = there are too many."""
        ...

    def received(self, packet: PacketReceived) -> None:
        """A whole message arrived."""
        ...

    def refused(self, connection: "StreamConnection", reason: str) -> None:
        """TLS or the WebSocket upgrade failed."""
        ...

    def closed(self, connection: "StreamConnection") -> None:
        """The connection is gone."""
        ...


class StreamConnection(asyncio.Protocol):
    """One connection with a number of its own; what is sent before it is open waits."""

    def __init__(
        self,
        owner: ConnectionOwner,
        remote: Remote,
        framing: Framing,
        *,
        inbound: bool,
        tls: TlsSession | None = None,
        deadlines: Deadlines,
    ) -> None:
        """`remote` names transport, number and, when we dial, the name to be proved."""
        self._arrived: deque[bytes] = deque()  # messages that wait for their turn; nothing is read meanwhile
        self._pace = Pace(UNLIMITED)
        self.remote = remote
        self.inbound = inbound
        self.is_taken = False
        self._owner, self._framing, self._tls, self._deadlines = owner, framing, tls, deadlines
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._next_turn: asyncio.TimerHandle | None = None
        self._waiting: list[bytes] = []
        self._is_proven = not inbound  # a whole message came
        self._is_pinged = self._is_ending = False

    @property
    def transport(self) -> Transport:
        """The SIP transport that is spoken here."""
        return self.remote.transport

    @property
    def is_open(self) -> bool:
        """Whether TLS and the upgrade are through."""
        return (self._tls is None or self._tls.is_open) and self._framing.is_open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # loops share no base class
        peer = self._transport.get_extra_info("peername") or ("", 0)
        self.remote = replace(self.remote, host=peer[0], port=peer[1])
        self._pace = Pace(self._owner.rate_of(self))
        self.is_taken = self._owner.opened(self)
        if not self.is_taken:
            self.abort()
            return
        if self.is_open:
            self._on_open()
        else:
            self._watch(self._deadlines.handshake_s)
            self.data_received(b"")  # whoever dials speaks first

    def data_received(self, data: bytes) -> None:
        if self._is_ending:
            return
        was_open, was_inside = self.is_open, self._framing.is_inside_message
        messages: list[bytes] = []
        try:
            plain = data if self._tls is None else self._tls.receive(data)
            if self._tls is None or self._tls.is_open:
                messages = self._framing.receive(plain)
        except TlsRefused as refusal:
            self._refuse(str(refusal))
            return
        except ParseError as error:
            self._end(unframed_answer(self._framing.rest, error.status, self.remote))
            return
        if self.is_open and not was_open:
            self._on_open()
        self._arrived.extend(messages)
        self._take_turn()
        self._flush()
        if self._framing.refusal:
            self._refuse(self._framing.refusal)
        elif self._framing.is_over or (self._tls is not None and self._tls.is_over):
            self._end(None)
        elif self._arrived:
            self._watch(self._deadlines.idle_s)  # it is we who let him wait
        else:
            self._progressed(bool(messages) or not was_inside)

    def _take_turn(self) -> None:
        """Deliver what the pace allows; while anything is left nothing more is read."""
        certified = self._tls.certified if self._tls is not None else ()
        wait_s, n_left = 0.0, TURN
        while self._arrived and n_left and not self._is_ending:
            wait_s = self._pace.wait_s(self._loop.time())
            if wait_s:
                break
            n_left -= 1
            self._is_proven = True
            octets = self._arrived.popleft()
            self._owner.received(PacketReceived(octets=octets, remote=self.remote, certified=certified))
        if self._arrived and self._transport is not None and not self._is_ending:
            self._transport.pause_reading()
            self._next_turn = self._loop.call_later(wait_s, self._go_on)

    def _go_on(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._take_turn()
        if not self._arrived:
            self._transport.resume_reading()
            self._progressed(True)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._watchdog, self._next_turn):
            if timer is not None:
                timer.cancel()
        if self.is_taken:
            self._owner.closed(self)

    def send(self, octets: bytes) -> None:
        """Write one message; a peer with MAX_UNSENT octets waiting is cut off."""
        if self._transport is None or self._transport.is_closing() or self._is_ending:
            return
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self.abort()
        elif not self.is_open:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(octets)
        else:
            self._framing.send(octets)
            self._flush()
            self._progressed(False)

    def close(self) -> None:
        """Close after what is written has gone out."""
        if self._transport is not None:
            if self._tls is not None and not self._is_ending:
                self._transport.write(self._tls.goodbye())
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _on_open(self) -> None:
        self._watch(self._deadlines.first_s if self.inbound else self._deadlines.idle_s)
        waiting, self._waiting = self._waiting, []
        for octets in waiting:
            self.send(octets)

    def _flush(self) -> None:
        if self._transport is None:
            return
        octets = self._framing.take_output()
        if self._tls is not None:
            octets = self._tls.send(octets)
        if octets:
            self._transport.write(octets)

    def _progressed(self, begins: bool) -> None:
        """Set the deadline of what comes next; `begins` = a message that is going on began just now."""
        if not self.is_open or self._is_ending:
            return  # the handshake has one deadline for all of it
        self._is_pinged = False
        if self._framing.is_inside_message:
            if begins:
                self._watch(self._deadlines.message_s)
        elif self._is_proven:
            self._watch(self._deadlines.ping_s if self._framing.sends_pings else self._deadlines.idle_s)

    def _refuse(self, reason: str) -> None:
        self._owner.refused(self, reason)
        self._end(None)

    def _end(self, answer: bytes | None) -> None:
        """Write the last octets and wait for the peer to close: a reset would take them from it."""
        if self._transport is None or self._transport.is_closing():
            return
        if answer is not None:
            self._framing.send(answer)
        self._flush()
        self._is_ending = True
        if self._tls is not None:
            self._transport.write(self._tls.goodbye())
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._watch(self._deadlines.close_s)

    def _watch(self, seconds: float) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = self._loop.call_later(seconds, self._deadline_passed)

    def _deadline_passed(self) -> None:
        is_quiet = self.is_open and self._is_proven and not self._framing.is_inside_message
        if is_quiet and self._framing.sends_pings and not self._is_pinged and not self._is_ending:
            self._framing.ping()
            self._flush()
            self._watch(self._deadlines.message_s)
            self._is_pinged = True
        else:
            self.abort()
