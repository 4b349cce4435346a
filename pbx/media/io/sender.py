"""RtpSender: what one party is sent, be it relayed packets or frames of our own. RFC 3550 §5.1."""

from typing import Literal

from pbx.core.audio import AudioFormat
from pbx.media.beeper import Beeper, mixed
from pbx.media.codecs.codec import NARROW, WIDE, Rest
from pbx.media.codecs.table import find_codec, find_encoder
from pbx.media.comfort_noise import FLOOR_LEVEL
from pbx.media.digit_sender import DigitSender
from pbx.media.dtmf import EventPacket
from pbx.media.g711 import translation
from pbx.media.io.rtp_socket import VIEW
from pbx.media.io.straight import SENT, Transport
from pbx.media.io.tap import Tap
from pbx.media.keep_alive import KeepAlive, unknown_type
from pbx.media.mouth import Hush, Mouth, packet_ms
from pbx.media.music import MusicListener
from pbx.media.payloads import G711, Coding, coding, relays_events, units
from pbx.media.player import FRAME_MS, Player
from pbx.media.rtp import HEADER, HEADER_BYTES, MARKER, PLAIN, Fields
from pbx.media.shared_coding import CodedPlay
from pbx.media.stream import OutgoingStream

try:
    from pbx.media.io._straight import Sending
except ImportError:  # not compiled: the same in Python
    from pbx.media.io.straight import Sending


class RtpSender(Sending):
    """One SSRC towards one party."""

    __slots__ = (
        "_digits",
        "_event_time",
        "_keep",
        "_mouth",
        "_private",
        "_rests",
        "beeper",
        "by_info",
        "music",
        "player",
        "pulled",
    )

    stream: OutgoingStream
    tap: Tap

    def __init__(self, transport: Transport, stream: OutgoingStream, tap: Tap, now: float) -> None:
        super().__init__(transport, stream, tap)
        self._keep = KeepAlive(now)
        self._mouth: Mouth | None = None
        self._digits = DigitSender()
        self._event_time: int | None = None
        self._rests = False  # what we say is a pause, sent as comfort noise or not at all
        self._private = False  # what the mouth holds must not be recorded
        self.player: Player | None = None
        self.music: MusicListener | None = None
        self.beeper: Beeper | None = None  # heard beside whatever is said to the party
        self.pulled = False
        self.by_info = False  # the party is told keys by SIP INFO, and in no other way

    def connect(self, fmt: AudioFormat, now: float) -> None:
        """Take what the party asks for; a new codec begins with a fresh encoder."""
        if fmt != self.format:
            self._mouth, self._rests = None, False
            self.stream.set_clock(fmt.clock_rate, now)
        self.format = fmt

    def set_player(self, player: Player | None) -> None:
        self.player = player
        self._retake()

    def set_music(self, music: MusicListener | None) -> None:
        """What the party hears while nobody else speaks to it."""
        self.music = music
        self._retake()

    def set_pulled(self, pulled: bool) -> None:
        """The peer's audio reaches the party as samples, not as packets."""
        self.pulled = pulled
        self._retake()

    def _retake(self) -> None:
        self.taken = self.pulled or self._digits.busy or bool(self.player or self.music)

    @property
    def dials(self) -> bool:
        return self._digits.busy

    def press(self, key: str, duration_ms: int) -> None:
        """Press a key for the party once the keys before it are through."""
        if self.format is not None and not self.by_info:
            self._digits.press(key, duration_ms, self.format)
            self._retake()

    @property
    def hears(self) -> bool:
        """What is sent now reaches the party."""
        return self.may_send and self.format is not None

    def play_frame(self, now: float) -> bool:
        """Send the player's next 20 ms; False when it has ended. Nothing is lost while we may not send."""
        return self.player is None or self._frame_from(self.player, now)

    def hum_frame(self, now: float) -> bool:
        """Send the music's next 20 ms; False when it has faded out."""
        return self.music is None or self._frame_from(self.music, now)

    def _frame_from(self, source: Player | MusicListener, now: float) -> bool:
        fmt = self.format
        if fmt is None or not self.may_send:
            return True
        is_plain = self.beeper is None and fmt.comfort_noise_type is None
        if fmt.ptime_ms == FRAME_MS and coding(fmt) in G711 and is_plain:
            encoding = fmt.encoding
            assert encoding in ("PCMU", "PCMA"), "as G711 says"
            payload = source.encoded_frame(encoding)
            if payload is None:
                return False
            self._send(payload, len(payload), now)
            return True
        rate = self._rate_of(fmt)
        pcm = source.frame(rate)
        if pcm is None:
            return False
        self.say(pcm, rate, now, play=source.coded if isinstance(source, Player) else None)
        return True

    def say(
        self,
        pcm: bytes,
        sample_rate: int,
        now: float,
        *,
        may_record: bool = True,
        play: CodedPlay | None = None,
    ) -> None:
        """Send 20 ms of PCM16 in the party's codec, as packets of its packet time, or as comfort noise.

        A packet is recorded only if whoever speaks in any part of it may be. `play` = what it is taken from.
        """
        fmt = self.format
        if fmt is None or not self.may_send:
            return
        if self.beeper is not None and not self._digits.busy:
            pcm, play = mixed(pcm, self.beeper.frame(sample_rate)), None  # beeps are this party's alone
        mouth = self._mouth
        if mouth is None or mouth.sample_rate != sample_rate:
            mouth = self._mouth = Mouth(fmt, sample_rate)
        if self.stream.is_relaying:
            mouth.interrupted()
        self._private |= not may_record
        payloads = mouth.speak(pcm, play)
        for payload in payloads:
            if isinstance(payload, Hush):
                self._hush(payload, mouth.n_units, now, may_record=not self._private)
            else:
                self._send(payload, mouth.n_units, now, may_record=not self._private)
        if payloads:
            self._private = not may_record

    def keep_alive(self, now: float) -> None:
        """Send one packet of silence when nothing was sent for long, so that NATs and the party stay with us.

        For a codec that we cannot speak, without comfort noise, it is one that the party has to ignore.
        """
        fmt = self.format
        if fmt is None or not self.may_send or not self._keep.is_due(self.sent, now):
            return
        each_ms = packet_ms(fmt)
        n_units = fmt.clock_rate * each_ms // 1000
        rate = self._rate_of(fmt)
        if fmt.comfort_noise_type is not None:
            self._hush(bytes([FLOOR_LEVEL]), n_units, now, may_record=True)
        elif (encoder := find_encoder(fmt, rate)) is not None:
            silence = encoder.encode(bytes(2 * rate * each_ms // 1000))
            self._send(silence, n_units, now)
        else:
            self._send_unknown(fmt, now)

    def _send_unknown(self, fmt: AudioFormat, now: float) -> None:
        """Send no octets of a payload type that nobody agreed to (RFC 6263 §4.6)."""
        stream = self.stream
        seq, rtp_time, _ = stream.own(0, now)
        packet = HEADER.pack(PLAIN, unknown_type(fmt), seq, rtp_time, stream.ssrc)
        self.sent += self.transport.send(packet)
        self.tap.skipped(SENT, packet)

    def dial_frame(self, now: float) -> None:
        """Send what the pressed key is in these 20 ms."""
        fmt = self.format
        step, n_units = self._digits.step()
        self._retake()
        if fmt is None or not self.may_send:
            return
        if isinstance(step, EventPacket):
            self._send_event(step, n_units, fmt, now)
        else:
            self.say(bytes(2 * 8 * FRAME_MS) if step is None else step, 8000, now)

    def relay_audio(self, packet: Fields, arrived: Coding, speaker: Tap, now: float) -> bool:
        """Pass a packet of the peer on, in the other law if need be; False when nothing was sent."""
        fmt = self.format
        if fmt is None or not self.may_send or self.taken or speaker.secure:
            self.stream.pause()
            return False
        _, _, _, _, _, start, end = packet
        if arrived != coding(fmt):
            table = translation(arrived[0], fmt.encoding)
            VIEW[start:end] = bytes(VIEW[start:end]).translate(table)
        self._relay(packet, fmt.payload_type, units(arrived, VIEW[start:end]), now)
        if self.tap.recordings and speaker.may_record:
            self.tap.packet(SENT, VIEW[start - HEADER_BYTES : end])
        return True

    def relay_event(self, packet: Fields, heard: AudioFormat | None, speaker: Tap, now: float) -> None:
        """Pass a telephone-event on where it means the same, else close the gap that it leaves.

        `heard` is what was agreed with the speaker, None = the party has the key already.
        """
        fmt = self.format
        if fmt is None or not self.may_send or self.taken:
            return
        if speaker.secure or self.by_info or heard is None or not relays_events(heard, fmt):
            _, _, seq, _, ssrc, _, _ = packet
            self.stream.withhold(ssrc, seq)
        else:
            assert fmt.dtmf_payload_type is not None, "as relays_events says"
            self._relay(packet, fmt.dtmf_payload_type, 0, now)
            self._skip(packet, speaker)

    def relay_noise(self, packet: Fields, speaker: Tap, now: float) -> None:
        """Pass comfort noise on to a party that agreed to it."""
        fmt = self.format
        if fmt is None or not self.may_send or self.taken or speaker.secure:
            return
        if fmt.comfort_noise_type is None:
            _, _, seq, _, ssrc, _, _ = packet
            self.stream.withhold(ssrc, seq)
        else:
            self._relay(packet, fmt.comfort_noise_type, 0, now)
            self._skip(packet, speaker)

    def _skip(self, relayed: Fields, speaker: Tap) -> None:
        """Tell the recordings of a relayed packet that is no speech; its header lies before its payload."""
        start = relayed[5]
        if speaker.may_record:
            self.tap.skipped(SENT, VIEW[start - HEADER_BYTES : start])

    def _rate_of(self, fmt: AudioFormat) -> Literal[8000, 16000]:
        codec = find_codec(*coding(fmt))
        return NARROW if codec is None or codec.audio_rate == NARROW else WIDE

    def _send(self, payload: bytes, n_units: int, now: float, *, may_record: bool = True) -> None:
        fmt = self.format
        assert fmt is not None, "the callers have asked"
        stream, was_resting = self.stream, self._rests
        self._rests = isinstance(payload, Rest)  # the talk spurt that follows is marked (RFC 3551 §4.1)
        if self._rests and not payload:
            stream.rest(n_units)
            return
        seq, rtp_time, steps = stream.own(n_units, now)
        plain = fmt.payload_type
        second = plain | (MARKER if steps or (was_resting and not self._rests) else 0)
        packet = HEADER.pack(PLAIN, second, seq, rtp_time, stream.ssrc) + payload
        self.sent += self.transport.send(packet)
        self.octets += len(payload)
        if self.tap.recordings and may_record:
            # To a recording our marker means that our clock steps, which it does not when a pause ends.
            kept = packet if steps or second == plain else bytes((PLAIN, plain)) + packet[2:]
            self.tap.packet(SENT, kept)

    def _hush(self, noise: bytes, n_units: int, now: float, *, may_record: bool) -> None:
        """Send comfort noise if there is any; the talk spurt that follows is marked (RFC 3551 §4.1)."""
        fmt, stream = self.format, self.stream
        assert fmt is not None, "the callers have asked"
        self._rests = True
        if not noise:
            stream.rest(n_units)
            return
        seq, rtp_time, _ = stream.own(n_units, now)
        second = fmt.comfort_noise_type or 0
        packet = HEADER.pack(PLAIN, second, seq, rtp_time, stream.ssrc) + noise
        self.sent += self.transport.send(packet)
        self.octets += len(noise)
        if may_record:
            self.tap.skipped(SENT, packet)

    def _send_event(self, step: EventPacket, n_units: int, fmt: AudioFormat, now: float) -> None:
        stream = self.stream
        if self._mouth is not None:
            self._mouth.interrupted()
        seq, rtp_time, _ = stream.own(n_units, now)
        if step.marker or self._event_time is None:
            self._event_time = rtp_time
        second = (fmt.dtmf_payload_type or 0) | (MARKER if step.marker else 0)
        packet = HEADER.pack(PLAIN, second, seq, self._event_time, stream.ssrc) + step.payload
        self.sent += self.transport.send(packet)
        self.octets += len(step.payload)
        self.tap.skipped(SENT, packet)

    def _relay(self, packet: Fields, payload_type: int, n_units: int, now: float) -> None:
        """Write our header in front of the payload in the shared buffer and send both from there."""
        _, marker, seq, rtp_time, ssrc, start, end = packet
        stream = self.stream
        seq, rtp_time, fresh = stream.relay((ssrc, seq, rtp_time), n_units, now)
        if fresh or marker:
            payload_type |= MARKER
        first = start - HEADER_BYTES
        HEADER.pack_into(VIEW, first, PLAIN, payload_type, seq, rtp_time, stream.ssrc)
        self.sent += self.transport.send(VIEW[first:end])
        self.octets += end - start
