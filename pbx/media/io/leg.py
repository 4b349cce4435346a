"""One RTP session with a party: receives, relays, plays, taps, counts. Packets never leave this file."""

from pbx.core.audio import AudioFormat, Direction
from pbx.core.errors import ParseError, TransportError
from pbx.core.ids import CallId, Ids, LegId, uint32
from pbx.core.io.clock import monotonic
from pbx.core.secret import Secret
from pbx.core.srtp import DtlsParameters, Security
from pbx.media.dtmf import Digit
from pbx.media.ear import Ear
from pbx.media.effects import ConnectLeg, OpenLeg
from pbx.media.events import DigitReceived, LegStats, MediaStarted, MediaTimedOut
from pbx.media.io.hooks import Hooks
from pbx.media.io.key_watch import KeyWatch
from pbx.media.io.recordings import note_format
from pbx.media.io.rtp_socket import AGAIN, BUFFER, NOTHING, VIEW, RtpSocket, is_address
from pbx.media.io.secure_socket import SecureHooks, SecureSocket
from pbx.media.io.sender import RtpSender
from pbx.media.io.tap import HEARD, Tap
from pbx.media.payloads import NOTHING as NO_PAYLOADS
from pbx.media.payloads import OCTET_CLOCKED, Coding, Payloads, coding, relays_events
from pbx.media.player import Player
from pbx.media.rtp import HEADER, HEADER_BYTES, MARKER, PLAIN, Fields, fields
from pbx.media.source_lock import Source, SourceLock, Verdict
from pbx.media.stream import IncomingStats, OutgoingStream

MAX_DRAIN = 32  # packets of one leg per wake-up, so that one flooded port cannot starve the others
STEADY_S = 0.008  # packets closer together than this come in a bunch; the shortest packet time is 10 ms

UNUSUAL = -1  # no octet

_SENDING: frozenset[Direction] = frozenset({"sendrecv", "sendonly"})
_HEARING: frozenset[Direction] = frozenset({"sendrecv", "recvonly"})


Socket = RtpSocket | SecureSocket


class RtpLeg:
    """Deciding is left to SourceLock, the streams and Ear; this is their wiring.

    `ear` exists while somebody needs samples of the party, `heard` is the last 20 ms of it; `relays` = the
    party's packets can go to the peer as they come.
    """

    __slots__ = (
        "_hears",
        "_hooks",
        "_incoming",
        "_keys",
        "_malformed",
        "_payloads",
        "_seed",
        "_silent_since",
        "_source",
        "_started",
        "_timed_out",
        "_usual_bytes",
        "_usual_format",
        "_usual_second",
        "_usual_view",
        "arrives",
        "call",
        "ear",
        "echo",
        "heard",
        "leg",
        "out",
        "peer",
        "relays",
        "socket",
        "tap",
    )

    def __init__(self, order: OpenLeg, socket: Socket, ids: Ids, hooks: Hooks) -> None:
        self.leg: LegId = order.leg
        self.call: CallId = order.call
        self.socket = socket
        self.peer: RtpLeg | None = None
        self.echo = False
        self.tap = Tap()
        self._hooks = hooks
        now = monotonic()
        # RFC 3550 §5.1: SSRC, first sequence number and first timestamp are random.
        stream = OutgoingStream(uint32(ids), uint32(ids) & 0x7FFF, uint32(ids), now)
        self.out = RtpSender(socket, stream, self.tap)
        self._incoming, self._source, self._keys = IncomingStats(), SourceLock(), KeyWatch(self._pressed)
        self._payloads, self._seed = NO_PAYLOADS, uint32(ids)
        self.arrives: Coding | None = None  # what the party last sent
        self.ear: Ear | None = None
        self.heard = b""
        self.relays = True
        self._hears = self._started = self._timed_out = False
        self._silent_since = now
        self._malformed = 0
        # The last packet relayed as it came, which the next one most likely resembles.
        self._usual_second, self._usual_bytes, self._usual_view = UNUSUAL, 0, VIEW[:0]
        self._usual_format: AudioFormat | None = None

    @property
    def format(self) -> AudioFormat | None:
        """What was agreed, None before that."""
        return self.out.format

    @property
    def payload_types(self) -> str:
        """What the payload types of its packets mean, "" when that is as in RFC 3551."""
        return self._payloads.text

    @property
    def source(self) -> "RtpLeg | None":
        """Whose audio this party hears: its peer's, or its own when it is an echo."""
        return self if self.echo else self.peer

    @property
    def stats(self) -> LegStats:
        return LegStats(
            received=self._incoming.received,
            sent=self.out.sent,
            lost=self._incoming.lost,
            dropped_source=self._source.dropped,
            malformed=self._malformed,
            refused=self.socket.refused,
            jitter_ms=round(self._incoming.jitter_ms, 3),
        )

    def connect(self, order: ConnectLeg) -> None:
        """Take what the peer advertised, first or again."""
        now = monotonic()
        hears = order.direction in _HEARING
        if hears and (self._timed_out or not self._hears):
            self._silent_since, self._timed_out = now, False
        self._hears = hears
        if order.format != self.format:
            self._agree(order.format, now)
        self._usual_second = UNUSUAL
        has_ice = self._secure(order.security)
        reachable = has_ice or is_address(order.host, order.port)
        self.out.may_send = reachable and order.direction in _SENDING
        if reachable:
            self.on_readable(now)  # what waits was sent under the old agreement
            if not has_ice:  # what is advertised is a default that nobody listens on (RFC 8839 §4.2.1.2)
                self._source.advertise((order.host, order.port), now)
            self.socket.unlock(self._source.destination)
        self._hooks.changed(self)

    def _secure(self, security: Security | None) -> bool:
        """Protect what follows as was agreed; return whether ICE says where to."""
        if security is None:
            return False
        socket = self.socket
        if isinstance(socket, RtpSocket):
            hooks = SecureHooks(on_rtcp=self.on_rtcp, on_failure=self._unprotected)
            socket = self.socket = self.out.transport = SecureSocket(socket, self._hooks.identity(), hooks)
        socket.secure(security)
        return isinstance(security, DtlsParameters) and security.ice is not None

    def _unprotected(self, reason: str) -> None:
        self._hooks.failed(self, TransportError(f"no keys: {reason}"))

    def on_rtcp(self, octets: bytes) -> None:
        """Take a report that came on the port of RTP."""

    def _agree(self, fmt: AudioFormat, now: float) -> None:
        self._payloads, self.arrives = Payloads.of(fmt), coding(fmt)
        self._incoming.set_clock(fmt.clock_rate)
        self._keys.set_clock(fmt.dtmf_clock_rate)
        self.ear = None  # its buffer counts in the old clock
        self.out.connect(fmt, now)
        note_format(self)

    def listen(self, sample_rate: int | None) -> None:
        """Have the party's samples at this rate from now on; None = nobody needs them."""
        if sample_rate is None or self.arrives is None:
            self.ear, self.heard = None, b""
        elif self.ear is None or self.ear.sample_rate != sample_rate:
            self.ear = Ear(self._payloads, self.arrives[1], sample_rate, self._seed)
            self._usual_second = UNUSUAL

    def on_readable(self, now: float) -> None:
        """Take every packet that waits; an error here is this leg's end, not the worker's."""
        socket = self.socket
        try:
            # Level-triggered: a steady voice brings one packet per wake-up, looking for more costs a call.
            if socket.checked and now - self._silent_since > STEADY_S:
                n_bytes = socket.receive()
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
            self._hooks.failed(self, error)

    def play(self, player: Player | None) -> None:
        """Play to the party in place of its peer; None = no more."""
        self.out.set_player(player)
        self._hooks.changed(self)

    def press(self, key: str, duration_ms: int) -> None:
        """Press a key for the party, in the kind that it takes."""
        self.out.press(key, duration_ms)
        self._hooks.changed(self)

    def listen_frame(self, now: float) -> bool:
        """Take the next 20 ms of the party out of its ear."""
        if self.ear is not None:
            self.heard = self.ear.pull(now)
        return True

    def speak_frame(self, now: float) -> bool:
        """Send the party its next 20 ms of ours; False when what was played has ended."""
        out = self.out
        if out.dials:
            out.dial_frame(now)
            if not out.dials:
                self._hooks.changed(self)
        elif out.player is not None:
            return out.play_frame(now)
        else:
            source = self.source
            if source is not None and source.ear is not None:
                out.say(source.heard, source.ear.sample_rate, now)
        return True

    def check_silence(self, now: float, timeout_s: float) -> None:
        """Report once per silence that no RTP came for `timeout_s` although it should."""
        silent_s = now - self._silent_since
        if self.format is not None and self._hears and not self._timed_out and silent_s >= timeout_s:
            self._timed_out = True
            self._hooks.emit(MediaTimedOut(leg=self.leg, silent_ms=int(silent_s * 1000)))

    def close(self) -> None:
        """Release socket and timer."""
        self._keys.close()
        self.socket.close()

    def _pass_on(self, n_bytes: int, now: float) -> bool:
        """Relay a packet like the last one, in a straight line; False = nothing done, `_take` decides.

        Only for a packet of the locked party. It has the effect that `_take` would have.
        """
        first, second, seq, rtp_time, ssrc = HEADER.unpack_from(BUFFER)
        peer, fmt = self.peer, self._usual_format
        if first != PLAIN or second != self._usual_second or n_bytes != self._usual_bytes:
            return False
        if peer is None or self.tap.recordings or self.echo or self._keys.waits:
            return False
        out = peer.out
        if out.format is not fmt or fmt is None or not out.may_send or out.taken or out.tap.recordings:
            return False
        self._silent_since, self._timed_out = now, False
        self._incoming.audio(ssrc, seq, rtp_time, now)
        stream = out.stream
        seq, rtp_time, fresh = stream.relay((ssrc, seq, rtp_time), n_bytes - HEADER_BYTES, now)
        second = fmt.payload_type | (MARKER if fresh else 0)
        HEADER.pack_into(BUFFER, 0, PLAIN, second, seq, rtp_time, stream.ssrc)
        out.sent += out.transport.send(self._usual_view)
        return True

    def _take(self, n_bytes: int, now: float) -> None:
        try:
            packet = fields(BUFFER, n_bytes)
            source = self.socket.source
            if source is not None and not self._is_party(source, packet, now):
                return
            self._silent_since, self._timed_out = now, False
            if not self._started:
                self._started = True
                self._hooks.emit(MediaStarted(leg=self.leg))
            payload_type, payloads = packet[0], self._payloads
            if payload_type in payloads.audio:
                self._take_audio(packet, n_bytes, now)
            elif payload_type in payloads.events:
                self._take_event(packet, now)
            elif payload_type == payloads.noise:
                self._take_noise(packet, now)
        except ParseError:
            self._malformed += 1

    def _is_party(self, source: Source, packet: Fields, now: float) -> bool:
        _, _, seq, _, ssrc, _, _ = packet
        verdict = self._source.judge(source, ssrc, seq, now)
        if verdict is Verdict.LOCK:
            self.socket.lock(source)
        return verdict is not Verdict.DROP

    def _take_audio(self, packet: Fields, n_bytes: int, now: float) -> None:
        payload_type, _, seq, rtp_time, ssrc, _, _ = packet
        self._incoming.audio(ssrc, seq, rtp_time, now)
        if not self._hears:
            return
        if self._keys.waits:
            self._keys.audio(rtp_time)
        tap = self.tap
        if tap.recordings and tap.may_record:
            tap.packet(HEARD, bytes(VIEW[:n_bytes]))
        arrived = self._payloads.audio[payload_type]
        if arrived != self.arrives:
            self.arrives = arrived
            self._hooks.changed(self)
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
        if self._hears:
            self._put(packet, now)
        if self._hears and self.peer is not None and self.relays:
            self.peer.out.relay_noise(packet, now)

    def _take_event(self, packet: Fields, now: float) -> None:
        _, _, seq, rtp_time, ssrc, start, end = packet
        self._incoming.event(ssrc, seq)
        if not self._hears:
            return
        self._keys.packet(rtp_time, bytes(VIEW[start:end]), now)
        heard = self.format
        if self.peer is not None and heard is not None:
            self.peer.out.relay_event(packet, heard, self.tap, now)

    def _pressed(self, digit: Digit) -> None:
        """Report a key, and press it for a peer that cannot be sent the packets of it."""
        self._hooks.emit(DigitReceived(leg=self.leg, digit=Secret(digit.key), duration_ms=digit.duration_ms))
        peer, heard = self.peer, self.format
        if peer is None or heard is None or peer.format is None or self.tap.secure:
            return
        if peer.out.pulled or not relays_events(heard, peer.format):
            peer.press(digit.key, digit.duration_ms)
