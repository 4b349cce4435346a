"""The straight line of a packet that is like the one before: received, counted, kept, sent on to the peer.

`_straight.pyx` is its twin in C. Nothing is stored twice: gates, secure entry, keys, formats and counters are
fields of these classes, which everything else of a leg reads and writes, so that no change can be missed.
"""

from collections.abc import Callable
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Protocol

from pbx.core.audio import AudioFormat
from pbx.core.errors import StorageError
from pbx.media.io.rtp_socket import AGAIN, BUFFER, NOTHING, VIEW
from pbx.media.rtp import HEADER, HEADER_BYTES, MARKER, PLAIN

if TYPE_CHECKING:
    from pbx.media.io.key_watch import KeyWatch
    from pbx.media.stream import IncomingStats, OutgoingStream

HEARD, SENT = 0, 1
Octets = bytes | memoryview
MAX_DRAIN = 32  # packets of one leg per wake-up, so that one flooded port cannot starve the others
STEADY_S = 0.008  # packets closer together than this come in a bunch; the shortest packet time is 10 ms
MAX_PENDING = 64  # packets of which only the transit is known; somebody looks once a second
UNUSUAL = -1  # no octet


class Transport(Protocol):
    """Where packets leave; False = the network did not take it."""

    def send(self, packet: bytes | memoryview) -> bool: ...


class Keeps(Protocol):
    """A recording, as far as its packets go."""

    keep: Callable[[int, int, Octets], None]
    fail: Callable[[str], None]


class Taps:
    """Which recordings get a leg's packets: `keepers` of what the party says, `_sent` of what it is sent."""

    __slots__ = ("_sent", "keepers", "may_record", "recordings")

    def __init__(self) -> None:
        self.may_record = False
        self.recordings: tuple[Any, ...] = ()
        self.keepers: tuple[tuple[Any, int], ...] = ()
        self._sent: tuple[tuple[Any, int], ...] = ()

    def packet(self, stream: int, rtp: Octets) -> None:
        """Append to every recording but the paused; the caller has asked `may_record` of whoever speaks.

        `stream` is HEARD or SENT; what is heard has another number in the recordings of others.
        """
        now_ns = monotonic_ns()
        for recording, number in self.keepers if stream == HEARD else self._sent:
            try:
                recording.keep(number, now_ns, rtp)
            except StorageError as error:
                recording.fail(str(error))


class Sending:
    """How one party is sent packets. `taken` = it hears us and not its peer's packets as they come."""

    __slots__ = ("format", "may_send", "octets", "sent", "stream", "taken", "tap", "transport")

    def __init__(self, transport: Transport, stream: "OutgoingStream", tap: Taps) -> None:
        self.transport, self.stream, self.tap = transport, stream, tap
        self.format: AudioFormat | None = None
        self.may_send = self.taken = False
        self.sent = self.octets = 0  # packets, and octets of their payloads


class Straight:
    """What a receiver is to the straight line. `_usual_…` = what the last packet relayed was like."""

    __slots__ = (
        "_incoming",
        "_keys",
        "_silent_since",
        "_usual_bytes",
        "_usual_format",
        "_usual_second",
        "_usual_view",
        "echo",
        "out",
        "peer",
        "socket",
        "tap",
    )
    _incoming: "IncomingStats"
    _keys: "KeyWatch"
    socket: Any
    out: Sending
    tap: Taps

    def __init__(self, now: float) -> None:
        self.peer: Straight | None = None
        self.echo = False
        self._silent_since = now
        self._usual_second, self._usual_bytes, self._usual_view = UNUSUAL, 0, VIEW[:0]
        self._usual_format: AudioFormat | None = None

    def on_readable(self, now: float) -> None:
        """Take every packet that waits; an error here is this leg's end, not the worker's."""
        socket = self.socket
        try:
            # Level-triggered: a steady voice brings one packet per wake-up, looking for more costs a call.
            if socket.checked and now - self._silent_since > STEADY_S:
                takes = socket.takes
                if takes is None:
                    n_bytes = socket.receive()
                else:
                    try:
                        n_bytes = takes()
                    except OSError:
                        n_bytes = AGAIN  # nothing came after all, or an ICMP error of an earlier send
                if n_bytes >= 0 and not self._pass_on(n_bytes, now):
                    self._take(n_bytes, now)
                if self._silent_since == now:  # rubbish may hide a voice behind it
                    return
            for _ in range(MAX_DRAIN):
                n_bytes = socket.receive()
                if n_bytes == NOTHING:
                    return
                if n_bytes != AGAIN:
                    self._take(n_bytes, now)
        except Exception as error:
            self._fail(error)

    def _pass_on(self, n_bytes: int, now: float) -> bool:
        """Relay a packet like the last one, in a straight line; False = nothing done, `_take` decides.

        Only for a packet of the locked party, and of its stream. It has the effect that `_take` would have.
        """
        first, second, seq, rtp_time, ssrc = HEADER.unpack_from(BUFFER)
        peer, fmt = self.peer, self._usual_format
        if first != PLAIN or second != self._usual_second or n_bytes != self._usual_bytes:
            return False
        if peer is None or self.echo or self._keys.waits or ssrc != self._incoming._ssrc:
            return False
        out = peer.out
        if out.format is not fmt or fmt is None or not out.may_send or out.taken:
            return False
        self._silent_since = now
        self._incoming.audio(ssrc, seq, rtp_time, now)
        tap, stream, view = self.tap, out.stream, self._usual_view
        if tap.keepers and tap.may_record:
            tap.packet(HEARD, view)
        seq, rtp_time, fresh = stream.relay((ssrc, seq, rtp_time), n_bytes - HEADER_BYTES, now)
        second = fmt.payload_type | (MARKER if fresh else 0)
        HEADER.pack_into(BUFFER, 0, PLAIN, second, seq, rtp_time, stream.ssrc)
        gives = peer.socket.gives
        if gives is None:
            out.sent += out.transport.send(view)
        else:
            try:
                gives(view)
                out.sent += 1
            except OSError:
                pass  # lost, as in `RtpSocket.send`
        out.octets += n_bytes - HEADER_BYTES
        if out.tap.recordings and tap.may_record:
            out.tap.packet(SENT, view)
        return True

    def _take(self, n_bytes: int, now: float) -> None:
        """Take a packet of any kind, the general way."""
        raise NotImplementedError

    def _fail(self, error: Exception) -> None:
        """End the leg."""
        raise NotImplementedError
