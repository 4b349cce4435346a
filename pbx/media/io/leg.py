"""One RTP session with a party: receives, relays, plays, taps, counts. Packets never leave this file."""

import asyncio
from collections.abc import Callable

from pbx.core.audio import AudioFormat, Direction, Encoding
from pbx.core.errors import ParseError
from pbx.core.ids import CallId, Ids, LegId, uint32
from pbx.core.io.clock import monotonic
from pbx.core.secret import Secret
from pbx.media.dtmf import Digit, DtmfReceiver
from pbx.media.effects import ConnectLeg, OpenLeg
from pbx.media.events import DigitReceived, LegStats, MediaEvent, MediaStarted, MediaTimedOut
from pbx.media.g711 import encode, translation
from pbx.media.io.rtp_socket import AGAIN, BUFFER, NOTHING, VIEW, RtpSocket, is_address
from pbx.media.io.tap import HEARD, SENT, Tap
from pbx.media.player import FRAME_SAMPLES, Player
from pbx.media.rtp import HEADER, HEADER_BYTES, MARKER, PLAIN, Fields, fields
from pbx.media.source_lock import Source, SourceLock, Verdict
from pbx.media.stream import IncomingStats, OutgoingStream

MAX_DRAIN = 32  # packets of one leg per wake-up, so that one flooded port cannot starve the others
STEADY_S = 0.008  # packets closer together than this come in a bunch; the shortest packet time is 10 ms

UNUSUAL = -1  # no octet

_STATIC: dict[int, Encoding] = {0: "PCMU", 8: "PCMA"}  # RFC 3551 §6; peers may answer with either law
_SENDING: frozenset[Direction] = frozenset({"sendrecv", "sendonly"})
_HEARING: frozenset[Direction] = frozenset({"sendrecv", "recvonly"})

Emit = Callable[[MediaEvent], None]
Failed = Callable[["RtpLeg", Exception], None]


class RtpLeg:
    """Deciding is left to SourceLock, DtmfReceiver, the streams and Player; this is their wiring."""

    __slots__ = (
        "_digit_timer",
        "_dtmf",
        "_emit",
        "_encodings",
        "_failed",
        "_hears",
        "_incoming",
        "_malformed",
        "_may_send",
        "_out",
        "_sent",
        "_silent_since",
        "_source",
        "_started",
        "_timed_out",
        "_usual_bytes",
        "_usual_format",
        "_usual_second",
        "_usual_view",
        "call",
        "echo",
        "format",
        "leg",
        "peer",
        "player",
        "socket",
        "tap",
    )

    def __init__(self, order: OpenLeg, socket: RtpSocket, ids: Ids, hooks: tuple[Emit, Failed]) -> None:
        self.leg: LegId = order.leg
        self.call: CallId = order.call
        self.socket = socket
        self.format: AudioFormat | None = None
        self.peer: RtpLeg | None = None
        self.player: Player | None = None
        self.echo = False
        self.tap = Tap()
        self._emit, self._failed = hooks
        now = monotonic()
        # RFC 3550 §5.1: SSRC, first sequence number and first timestamp are random.
        self._out = OutgoingStream(uint32(ids), uint32(ids) & 0x7FFF, uint32(ids), now)
        self._incoming, self._source, self._dtmf = IncomingStats(), SourceLock(), DtmfReceiver()
        self._encodings: dict[int, Encoding] = {}
        self._digit_timer: asyncio.TimerHandle | None = None
        self._may_send = self._hears = self._started = self._timed_out = False
        self._silent_since = now
        self._sent = self._malformed = 0
        # The last packet relayed as it came, which the next one most likely resembles.
        self._usual_second, self._usual_bytes, self._usual_view = UNUSUAL, 0, VIEW[:0]
        self._usual_format: AudioFormat | None = None

    @property
    def stats(self) -> LegStats:
        return LegStats(
            received=self._incoming.received,
            sent=self._sent,
            lost=self._incoming.lost,
            dropped_source=self._source.dropped,
            malformed=self._malformed,
            jitter_ms=round(self._incoming.jitter_ms, 3),
        )

    def connect(self, order: ConnectLeg) -> None:
        """Take what the peer advertised, first or again."""
        now = monotonic()
        hears = order.direction in _HEARING
        if hears and (self._timed_out or not self._hears):
            self._silent_since, self._timed_out = now, False
        self._hears = hears
        self.format = order.format
        self._usual_second = UNUSUAL
        self._encodings = _STATIC | {order.format.payload_type: order.format.encoding}
        reachable = is_address(order.host, order.port)
        self._may_send = reachable and order.direction in _SENDING
        if reachable:
            self.on_readable(now)  # what waits was sent under the old agreement
            self._source.advertise((order.host, order.port), now)
            self.socket.unlock(self._source.destination)

    def on_readable(self, now: float) -> None:
        """Take every packet that waits; an error here is this leg's end, not the worker's."""
        socket = self.socket
        try:
            # Readiness is level-triggered: a steady voice brings one packet per wake-up, and looking
            # for a second one would cost a failed system call each time.
            if socket.checked and now - self._silent_since > STEADY_S:
                n_bytes = socket.receive()
                if n_bytes >= 0 and not self._pass_on(n_bytes, now):
                    self._take(n_bytes, now)
                return
            for _ in range(MAX_DRAIN):
                n_bytes = socket.receive()
                if n_bytes == NOTHING:
                    return
                if n_bytes != AGAIN:
                    self._take(n_bytes, now)
        except Exception as error:
            self._failed(self, error)

    def play_frame(self, now: float) -> bool:
        """Send the player's next 20 ms; False when it has ended. Nothing is lost while we may not send."""
        player, fmt = self.player, self.format
        if player is None or fmt is None or not self._may_send:
            return True
        pcm = player.frame()
        if pcm is None:
            return False
        seq, rtp_time, marker = self._out.own(FRAME_SAMPLES, now)
        second = fmt.payload_type | (MARKER if marker else 0)
        packet = HEADER.pack(PLAIN, second, seq, rtp_time, self._out.ssrc) + encode(pcm, fmt.encoding)
        self._sent += self.socket.send(packet)
        if self.tap.recordings:
            self.tap.packet(SENT, packet)
        return True

    def check_silence(self, now: float, timeout_s: float) -> None:
        """Report once per silence that no RTP came for `timeout_s` although it should."""
        silent_s = now - self._silent_since
        if self.format is not None and self._hears and not self._timed_out and silent_s >= timeout_s:
            self._timed_out = True
            self._emit(MediaTimedOut(leg=self.leg, silent_ms=int(silent_s * 1000)))

    def close(self) -> None:
        """Release socket and timer."""
        if self._digit_timer is not None:
            self._digit_timer.cancel()
        self.socket.close()

    def _pass_on(self, n_bytes: int, now: float) -> bool:
        """Relay a packet like the last one, in a straight line; False = nothing done, `_take` decides.

        Only for a packet of the locked party. It has the effect that `_take` would have.
        """
        first, second, seq, rtp_time, ssrc = HEADER.unpack_from(BUFFER)
        peer, fmt = self.peer, self._usual_format
        if (
            (first != PLAIN or second != self._usual_second or n_bytes != self._usual_bytes)
            or (peer is None or fmt is None or peer.format is not fmt or not peer._may_send)
            or (peer.player is not None or peer.tap.recordings or self.tap.recordings)
            or (self._digit_timer is not None or self.echo)
        ):
            return False
        self._silent_since, self._timed_out = now, False
        self._incoming.audio(ssrc, seq, rtp_time, now)
        out = peer._out
        seq, rtp_time, fresh = out.relay((ssrc, seq, rtp_time), n_bytes - HEADER_BYTES, now)
        second = fmt.payload_type | (MARKER if fresh else 0)
        HEADER.pack_into(BUFFER, 0, PLAIN, second, seq, rtp_time, out.ssrc)
        peer._sent += peer.socket.send(self._usual_view)
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
                self._emit(MediaStarted(leg=self.leg))
            payload_type = packet[0]
            if payload_type in self._encodings:
                self._take_audio(packet, n_bytes, now)
            elif self.format is not None and payload_type == self.format.dtmf_payload_type:
                self._take_event(packet, now)
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
        if self._digit_timer is not None:
            self._report(self._dtmf.audio(rtp_time))
        tap = self.tap
        if tap.recordings and tap.may_record:
            tap.packet(HEARD, bytes(VIEW[:n_bytes]))
        target = self if self.echo else self.peer
        if target is not None:
            encoding, fmt = self._encodings[payload_type], target.format
            target._forward_audio(packet, encoding, tap, now)
            if fmt is not None and fmt.encoding == encoding:
                self._usual_second, self._usual_format = payload_type, fmt
                if n_bytes != self._usual_bytes:
                    self._usual_bytes, self._usual_view = n_bytes, VIEW[:n_bytes]

    def _take_event(self, packet: Fields, now: float) -> None:
        _, _, seq, rtp_time, ssrc, start, end = packet
        self._incoming.event(ssrc, seq)
        if not self._hears:
            return
        self._report(self._dtmf.packet(rtp_time, bytes(VIEW[start:end]), now))
        self._await_digit_end(now)
        if self.peer is not None:
            self.peer._forward_event(packet, self.tap, now)

    def _forward_audio(self, packet: Fields, encoding: Encoding, speaker: Tap, now: float) -> None:
        fmt = self.format
        if fmt is None or not self._may_send or self.player is not None:
            return
        _, _, _, _, _, start, end = packet
        if encoding != fmt.encoding:
            table = translation(encoding, fmt.encoding)
            VIEW[start:end] = bytes(VIEW[start:end]).translate(table)
        self._relay(packet, fmt.payload_type, end - start, now)
        if self.tap.recordings and speaker.may_record:
            self.tap.packet(SENT, bytes(VIEW[start - HEADER_BYTES : end]))

    def _forward_event(self, packet: Fields, speaker: Tap, now: float) -> None:
        fmt = self.format
        if fmt is None or not self._may_send or self.player is not None:
            return
        if speaker.secure or fmt.dtmf_payload_type is None:
            _, _, seq, _, ssrc, _, _ = packet
            self._out.withhold(ssrc, seq)
        else:
            self._relay(packet, fmt.dtmf_payload_type, 0, now)

    def _relay(self, packet: Fields, payload_type: int, n_samples: int, now: float) -> None:
        """Write our header in front of the payload in the shared buffer and send both from there."""
        _, marker, seq, rtp_time, ssrc, start, end = packet
        out = self._out
        seq, rtp_time, fresh = out.relay((ssrc, seq, rtp_time), n_samples, now)
        if fresh or marker:
            payload_type |= MARKER
        first = start - HEADER_BYTES
        HEADER.pack_into(BUFFER, first, PLAIN, payload_type, seq, rtp_time, out.ssrc)
        self._sent += self.socket.send(VIEW[first:end])

    def _report(self, digits: list[Digit]) -> None:
        for digit in digits:
            self._emit(DigitReceived(leg=self.leg, digit=Secret(digit.key), duration_ms=digit.duration_ms))

    def _await_digit_end(self, now: float) -> None:
        deadline = self._dtmf.deadline
        if deadline is not None and self._digit_timer is None:
            loop = asyncio.get_running_loop()
            self._digit_timer = loop.call_later(max(deadline - now, 0.001), self._digit_due)

    def _digit_due(self) -> None:
        self._digit_timer = None
        now = monotonic()
        self._report(self._dtmf.tick(now))
        self._await_digit_end(now)
