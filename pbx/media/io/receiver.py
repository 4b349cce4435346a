"""RtpReceiver: the packets of one party as they arrive; counted, recorded, heard, passed on to its peer."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from pbx.core.audio import AudioFormat
from pbx.core.errors import ParseError
from pbx.core.ids import Ids, LegId, uint32
from pbx.core.io.clock import monotonic
from pbx.media.dtmf import Digit
from pbx.media.ear import Ear
from pbx.media.events import MediaEvent, MediaStarted
from pbx.media.io.key_watch import KeyWatch
from pbx.media.io.report import LegReports
from pbx.media.io.rtp_socket import AGAIN, BUFFER, NOTHING, VIEW, RtpSocket
from pbx.media.io.secure_socket import SecureSocket
from pbx.media.io.sender import RtpSender
from pbx.media.io.tap import HEARD, Tap
from pbx.media.io.whereabouts import Whereabouts
from pbx.media.packet_cap import PacketCap
from pbx.media.payloads import NOTHING as NO_PAYLOADS
from pbx.media.payloads import OCTET_CLOCKED, Coding, Payloads, coding
from pbx.media.presses import Presses
from pbx.media.rtp import HEADER_BYTES, Fields, fields
from pbx.media.source_lock import SourceLock
from pbx.media.stream import IncomingStats, OutgoingStream

try:
    from pbx.media.io._straight import Straight
except ImportError:  # not compiled: the same in Python
    from pbx.media.io.straight import Straight

MAX_WAITING = 512  # packets; the receive buffer has room for some 340 of a voice
IN_C = Straight.__module__.endswith("._straight")
Socket = RtpSocket | SecureSocket


class RtpReceiver(Straight, ABC):
    """The hot half of a leg. `ear` exists while somebody needs samples; `relays` = the party's packets can go
    to the peer as they come; `arrives` = what the party last sent.
    """

    __slots__ = (
        "_cap",
        "_hears",
        "_emit",
        "_malformed",
        "_payloads",
        "_place",
        "_presses",
        "_source",
        "_started",
        "_streams",
        "arrives",
        "ear",
        "leg",
        "relays",
        "reports",
    )

    peer: "RtpReceiver | None"
    socket: Socket
    out: RtpSender
    tap: Tap

    def __init__(self, leg: LegId, socket: Socket, ids: Ids, emit: Callable[[MediaEvent], None]) -> None:
        now = monotonic()
        super().__init__(now)
        self.leg, self.socket, self._emit = leg, socket, emit
        self.tap = Tap()
        # RFC 3550 §5.1: SSRC, first sequence number and first timestamp are random.
        stream = OutgoingStream(uint32(ids), uint32(ids) & 0x7FFF, uint32(ids), now)
        self.out = RtpSender(socket, stream, self.tap, now)
        self._incoming, self._source, self._keys = IncomingStats(), SourceLock(), KeyWatch(self._pressed)
        self._place = Whereabouts(self, self._source, self._incoming, emit)
        self._streams = self._place.streams
        self._payloads: Payloads = NO_PAYLOADS
        self._presses, self._cap = Presses(), PacketCap()
        self.arrives: Coding | None = None
        self.ear: Ear | None = None
        self.relays = True
        self.reports = LegReports(self, self._incoming, ids, emit)
        self._hears = self._started = False
        self._malformed = 0

    @property
    def format(self) -> AudioFormat | None:
        """What was agreed, None before that."""
        return self.out.format

    @property
    @abstractmethod
    def source(self) -> "RtpReceiver | None":
        """Whose audio this party hears, and who hears this party."""

    def drain(self, now: float) -> None:
        """Take all that waits: it came before what is about to be changed."""
        try:
            for _ in range(MAX_WAITING):
                n_bytes = self.socket.receive()
                if n_bytes == NOTHING:
                    return
                if n_bytes != AGAIN:
                    self._take(n_bytes, now)
        except Exception as error:
            self._fail(error)

    def _take(self, n_bytes: int, now: float) -> None:
        try:
            packet = fields(BUFFER, n_bytes)
            source = self.socket.source
            if source is not None and not self._place.is_party(source, packet, now):
                return
            if packet[4] != self._streams.ssrc and not self._place.is_stream(packet, self._silent_since, now):
                return
            self._silent_since = now
            if not self._cap.takes(packet[2], now):
                return
            if not self._started:
                self._started = True
                self._emit(MediaStarted(leg=self.leg))
            payload_type, payloads = packet[0], self._payloads
            if payload_type in payloads.audio:
                self._take_audio(packet, n_bytes, now)
            elif payload_type in payloads.events:
                self._take_event(packet, now)
            elif payload_type == payloads.noise:
                self._take_noise(packet, now)
            else:
                self._skip()
                self.reports.foreign(payload_type, VIEW[packet[5] : packet[6]])
        except ParseError:
            self._malformed += 1

    def _take_audio(self, packet: Fields, n_bytes: int, now: float) -> None:
        payload_type, _, seq, rtp_time, ssrc, _, _ = packet
        self._incoming.audio(ssrc, seq, rtp_time, now)
        if not self._hears:
            self._skip()
            return
        if self._keys.waits:
            self._keys.audio(rtp_time)
        tap = self.tap
        if tap.keepers and tap.may_record:
            tap.packet(HEARD, VIEW[:n_bytes])
        arrived = self._payloads.audio[payload_type]
        if arrived != self.arrives:
            self.arrives = arrived
            self._change()
        if self.ear is not None:
            self._put(packet, now)
        target = self.source
        if target is None or not self.relays:
            return
        fmt = target.format
        as_it_came = fmt is not None and coding(fmt) == arrived and self.ear is None
        if target.out.relay_audio(packet, arrived, tap, now) and as_it_came and arrived in OCTET_CLOCKED:
            self._usual_second, self._usual_format = payload_type, fmt
            if n_bytes != self._usual_bytes:
                self._usual_bytes, self._usual_view = n_bytes, VIEW[:n_bytes]

    def _put(self, packet: Fields, now: float) -> None:
        payload_type, _, seq, rtp_time, ssrc, start, end = packet
        if self.ear is not None:
            self.ear.put((payload_type, seq, rtp_time, ssrc), bytes(VIEW[start:end]), now)

    def _take_noise(self, packet: Fields, now: float) -> None:
        """Comfort noise (RFC 3389): for the ear, or for a peer that agreed to it too."""
        _, _, seq, rtp_time, ssrc, _, _ = packet
        self._incoming.event(ssrc, seq)
        self.reports.noise()
        self._skip()
        if self._hears:
            self._put(packet, now)
        if self._hears and self.peer is not None and self.relays:
            self.peer.out.relay_noise(packet, self.tap, now)

    def _take_event(self, packet: Fields, now: float) -> None:
        _, _, seq, rtp_time, ssrc, start, end = packet
        self._incoming.event(ssrc, seq)
        self._skip()
        if not self._hears:
            return
        payload = bytes(VIEW[start:end])
        if self._keys.packet(rtp_time, payload, now) and self.out.player is not None:
            self.out.player.key()
        is_news = self._presses.event(rtp_time, payload, now)
        heard = self.format
        if self.peer is not None and heard is not None:
            self.peer.out.relay_event(packet, heard if is_news else None, self.tap, now)

    def _skip(self) -> None:
        """Tell the recordings of a packet that used up a sequence number and is not kept."""
        if self.tap.may_record:
            self.tap.skipped(HEARD, VIEW[:HEADER_BYTES])

    @abstractmethod
    def press(self, key: str, duration_ms: int) -> None:
        """Press a key for the party."""

    @abstractmethod
    def _pressed(self, digit: Digit) -> None:
        """Take a key of the party."""

    @abstractmethod
    def _change(self) -> None:
        """The party sends another codec: who is relayed may have changed."""

    @abstractmethod
    def _fail(self, error: Exception) -> None:
        """End the leg."""
