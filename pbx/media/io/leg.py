"""One RTP session with a party: what its host orders, and what it tells. RFC 3550."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pbx.core.audio import AudioFormat, Direction, Treatment
from pbx.core.errors import TransportError
from pbx.core.ids import CallId, Ids, uint32
from pbx.core.io.clock import monotonic
from pbx.core.origins import ANYWHERE
from pbx.core.srtp import DtlsParameters, Security
from pbx.media.beep_watch import BeepWatch
from pbx.media.beeper import Beeper
from pbx.media.codecs.codec import NARROW
from pbx.media.conditioner import Conditioner
from pbx.media.digit_merger import accepted_kinds
from pbx.media.ear import Ear
from pbx.media.effects import ConnectLeg, OpenLeg
from pbx.media.events import AudioFault, LegStats, MarkReached, MediaTimedOut
from pbx.media.io.hooks import Hooks
from pbx.media.io.keyed_receiver import KeyedReceiver
from pbx.media.io.receiver import Socket
from pbx.media.io.recordings import Tapped, note_format
from pbx.media.io.rtp_socket import RtpSocket, is_address
from pbx.media.io.secure_socket import SecureHooks, SecureSocket
from pbx.media.io.sound_watch import SoundWatch
from pbx.media.io.straight import UNUSUAL
from pbx.media.io.tap import Recording
from pbx.media.io.tone_watch import ToneWatch
from pbx.media.payloads import Coding, Payloads, coding
from pbx.media.player import Player
from pbx.media.silence import Silence, SilenceRules
from pbx.media.source_lock import Source

_SENDING: frozenset[Direction] = frozenset({"sendrecv", "sendonly"})
_HEARING: frozenset[Direction] = frozenset({"sendrecv", "recvonly"})
Said = Callable[[bytes, int], None]  # 20 ms of PCM16, and their rate


class RtpLeg(KeyedReceiver):
    """Deciding is left to SourceLock, the streams and Ear; this is their wiring.

    `heard` is the last 20 ms of the party, while somebody needs samples of it.
    """

    __slots__ = (
        "_aside",
        "_beeps",
        "_conditioner",
        "_holds",
        "_hooks",
        "_seed",
        "_sounds",
        "_told_silence",
        "call",
        "heard",
        "said",
        "treatment",
    )
    peer: "RtpLeg | None"

    def __init__(self, order: OpenLeg, socket: Socket, ids: Ids, hooks: Hooks) -> None:
        super().__init__(order.leg, socket, ids, hooks)
        self._hooks = hooks
        self.call: CallId = order.call
        self.heard = b""
        self._aside: SecureSocket | None = None  # if its keys come again, they go on where they were
        self.treatment: tuple[Treatment, ...] = ()
        self._conditioner: Conditioner | None = None
        self._seed, self._told_silence, self._holds = uint32(ids), -1.0, False
        self._beeps = BeepWatch()
        self._sounds: SoundWatch | None = None  # while somebody wants to know of talk and tones
        self.said: Said | None = None  # who takes what the party answers, secret or not

    @property
    def payload_types(self) -> str:
        """What the payload types of its packets mean, "" when that is as in RFC 3551."""
        return self._payloads.text

    @property
    def is_watched(self) -> bool:
        """Whether somebody wants to know what the party's audio is."""
        return self.decodable and (self._sounds is not None or self.said is not None)

    @property
    def source(self) -> "RtpLeg | None":
        """Whose audio this party hears: its peer's, or its own when it is an echo."""
        return self if self.echo else self.peer

    @property
    def company(self) -> Sequence[Tapped]:
        """Whose voices the party is sent, be they silent now."""
        if self.partner is not None:
            return self.partner.fellows(self.leg)
        return (self.peer,) if self.peer is not None else ()

    @property
    def waiting_s(self) -> float:
        """How much of the party's audio has come and was not played yet."""
        return 0.0 if self.ear is None else self.ear.waiting_s

    @property
    def beeping(self) -> Recording | None:
        """The recording that the party is to hear, the first of several: its own, or that of who hears it."""
        taps = [self.tap] if self.peer is None else [self.tap, self.peer.tap]
        if self.partner is not None:
            taps += self.partner.hearers(self.leg)
        return next((one for tap in taps for one in tap.recordings if one.beep is not None), None)

    @property
    def stats(self) -> LegStats:
        stats = self.reports.stats(dropped_source=self._source.dropped, malformed=self._malformed)
        forged = self._streams.dropped
        return replace(stats, capped=self._cap.capped, rebinds=self._place.rebinds, dropped_stream=forged)

    def connect(self, order: ConnectLeg) -> None:
        """Take what the peer advertised, first or again."""
        now = monotonic()
        hears, holds = order.direction in _HEARING, order.direction == "recvonly"
        is_told = self._told_silence == self._silent_since
        if hears and (is_told or not self._hears or holds != self._holds):
            self._silent_since = now
        self._hears, self._holds = hears, holds
        self.out.by_info = order.digits == "info"
        self.treatment = order.treatment
        kinds = accepted_kinds(order.digits, order.format)
        self._by_tone = "inband" in kinds
        is_judged = self._by_tone or ("rfc4733" in kinds and self._suspicion.is_open)
        self._tones = (self._tones or ToneWatch()) if is_judged else None
        if order.format != self.format:
            self._agree(order.format, now)
        self._usual_second = UNUSUAL
        self.reports.aim_at(order)
        has_ice = self._secure(order.security)
        reachable = has_ice or is_address(order.host, order.port)
        self.out.may_send = reachable and order.direction in _SENDING
        if reachable:
            self.on_readable(now)  # what waits was sent under the old agreement
            self._place.agreed()
            if not has_ice:  # what is advertised is a default that nobody listens on (RFC 8839 §4.2.1.2)
                self._advertise(order, now)
            self._place.aim(has_ice=has_ice)
        self._hooks.changed(self)

    def _advertise(self, order: ConnectLeg, now: float) -> None:
        """What is encrypted has to be authentic, and may come from anywhere; a handshake proves the place."""
        origins = order.origins or ANYWHERE
        if order.security is not None:
            asks_back = isinstance(order.security, DtlsParameters)
            origins = replace(origins, networks=None, is_known=origins.is_known or asks_back)
        self._source.advertise((order.host, order.port), now, origins)

    def _secure(self, security: Security | None) -> bool:
        """Protect what follows as was agreed; return whether ICE says where to."""
        socket = self.socket
        if security is None:
            if isinstance(socket, SecureSocket):  # RFC 8643 §3.3: another answer may go without keys
                self._aside, self.socket = socket, socket.release()
                self.out.transport = self.socket
            return False
        if isinstance(socket, RtpSocket):
            hooks = SecureHooks(
                on_rtcp=self.reports.handle, on_failure=self._unprotected, on_moved=self._source.moved
            )
            socket = self._aside or SecureSocket(socket, self._hooks.identity(), hooks)
            self.socket = self.out.transport = socket
        socket.secure(security)
        return isinstance(security, DtlsParameters) and security.ice is not None

    def _unprotected(self, reason: str) -> None:
        self._hooks.failed(self, TransportError(f"no keys: {reason}"))

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
        self._condition()

    def _condition(self) -> None:
        """Treat what others hear, if so agreed; a stream that goes on keeps what was learned of it."""
        rate, before = None if self.ear is None else self.ear.sample_rate, self._conditioner
        if rate is None or self.relays or not self.treatment:
            self._conditioner = None
        elif before is None or (before.sample_rate, before.treatment) != (rate, self.treatment):
            self._conditioner = Conditioner(self.treatment, rate)

    def play(self, player: Player | None) -> None:
        """Play to the party in place of its peer; None = no more, and music goes on."""
        self.out.set_player(player)
        music = self.out.music
        if music is not None and music.leaves:
            self.out.set_music(None)  # its end is not heard behind what is played
        elif music is not None and player is None:
            music.enter(monotonic())
        self._hooks.changed(self)

    def watch(self, sounds: SoundWatch | None) -> None:
        """Listen for talk and tones from now on; None = no longer."""
        self._sounds = sounds
        self.tap.silent(0)
        self._hooks.changed(self)

    def press(self, key: str, duration_ms: int) -> None:
        """Press a key for the party, in the kind that it takes."""
        self.out.press(key, duration_ms)
        self._hooks.changed(self)

    def mute(self, on: bool) -> None:
        """Let nobody hear the party, and no recording keep it; it may still press keys."""
        self.tap.secure = on
        self._usual_second = UNUSUAL

    def beeps(self) -> None:
        self._hooks.changed(self)

    def listen_frame(self, now: float) -> bool:
        """Take the next 20 ms of the party out of its ear."""
        if self.ear is not None:
            self.heard = self.ear.pull(now)
            if self._sounds is not None:
                self._watch(self._sounds, self.ear.sample_rate)
            if self.said is not None:
                self.said(self.heard, self.ear.sample_rate)
            if self._tones is not None and self.is_judged:
                self._judge(self._tones.feed(self.heard, self.ear.sample_rate))
            if self._conditioner is not None:
                self.heard = self._conditioner.feed(self.heard)
            if self.tap.secure:
                self.heard = bytes(len(self.heard))
            if self.partner is not None:
                self.partner.hear(self.leg, None if self.tap.secure else self.heard, now)
        return True

    def _watch(self, sounds: SoundWatch, sample_rate: int) -> None:
        for event in sounds.feed(self.heard, sample_rate):
            self._hooks.emit(event)
        self.tap.silent(sounds.silent_ms)

    def speak_frame(self, now: float) -> bool:
        """Send the party its next 20 ms of ours; False when what was played has ended."""
        out = self.out
        self._beep()
        if out.dials:
            out.dial_frame(now)
            if not out.dials:
                self._hooks.changed(self)
        elif out.player is not None:
            return self._play_frame(out.player, now)
        elif self.partner is not None:
            if out.hears:
                pcm, may_record = self.partner.speak(self.leg, now) or b"", self.partner.may_record(self.leg)
                out.say(pcm, self.partner.sample_rate, now, may_record=may_record)
        elif out.music is not None:
            if not out.hum_frame(now):
                out.set_music(None)
                self._hooks.changed(self)
        else:
            source = self.source
            if source is not None and source.ear is not None:
                may_record = source.tap.may_record
                out.say(source.heard, source.ear.sample_rate, now, may_record=may_record)
            elif out.beeper is not None:
                out.say(b"", NARROW, now)
        return True

    def _play_frame(self, player: Player, now: float) -> bool:
        is_going_on = self.out.play_frame(now)
        for name in player.take_reached():
            self._hooks.emit(MarkReached(leg=self.leg, token=player.token, name=name))
        return is_going_on

    def _beep(self) -> None:
        """Sound while something is kept of the party: what it says is, and the recording does not pause."""
        out, recording = self.out, self.beeping
        if recording is None or recording.beep is None:
            out.beeper = None
            return
        if out.beeper is None or out.beeper.beep != recording.beep:
            out.beeper = Beeper(recording.beep)
        out.beeper.is_hushed = recording.is_paused or not self.tap.may_record

    def _miss_beep(self, now: float) -> None:
        """Tell once that a beep is due and does not sound (C-13)."""
        recording, beeper = self.beeping, self.out.beeper
        is_due = recording is not None and not recording.is_paused and self.tap.may_record and self.out.hears
        due = recording.beep if recording is not None and is_due else None
        if detail := self._beeps.look(due, beeper.n_sounded if beeper is not None else 0, now):
            self._hooks.emit(AudioFault(leg=self.leg, kind="no_beep", detail=detail))

    def coding_of(self, payload_type: int) -> Coding | None:
        """What the party means by a payload type, None for what is no audio."""
        return self._payloads.audio.get(payload_type)

    def hold_to(self, source: Source) -> None:
        """Exchange packets with the advertised address only, before anything has come from it."""
        self._source.judge(source, 0, 0, monotonic())
        self.socket.lock(source)

    def check_silence(self, now: float, rules: SilenceRules) -> None:
        """Report once per silence that no RTP came for longer than it may."""
        is_told = self._told_silence == self._silent_since
        if self.format is not None and self._hears and not is_told and self._silence.is_over(rules, now):
            self._told_silence = self._silent_since
            silent_ms = int((now - self._silent_since) * 1000)
            self._hooks.emit(MediaTimedOut(leg=self.leg, silent_ms=silent_ms))
        try:
            self._place.look(self._silent_since, rules.rebind if self._hears else "off", now)
            self.out.keep_alive(now)
            self.reports.tick(self._silent_since, now, hears=self._hears)
            self._miss_beep(now)
        except Exception as error:  # this leg's end, not the worker's
            self._fail(error)

    @property
    def _silence(self) -> Silence:
        may_rest = self._holds or self.reports.rests
        return Silence(heard_at=self._silent_since, may_rest=may_rest, reports=self.reports.came_at)

    def close(self) -> None:
        """Release socket and timer."""
        self._keys.close()
        self.reports.close(monotonic())
        self.socket.close()

    def _change(self) -> None:
        self._hooks.changed(self)

    def _fail(self, error: Exception) -> None:
        self._hooks.failed(self, error)
