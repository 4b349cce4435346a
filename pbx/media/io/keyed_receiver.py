"""KeyedReceiver: the keys that one party presses, be they events, tones in its audio or told by SIP INFO."""

from collections.abc import Sequence

from pbx.core.audio import DigitKind
from pbx.core.ids import Ids, LegId
from pbx.core.io.clock import monotonic
from pbx.core.secret import Secret
from pbx.media.codecs.table import find_codec
from pbx.media.dtmf import Digit
from pbx.media.events import DigitReceived
from pbx.media.io.hooks import Hooks
from pbx.media.io.partner import Partner
from pbx.media.io.receiver import RtpReceiver, Socket
from pbx.media.io.recordings import Tapped
from pbx.media.io.tone_watch import ToneWatch
from pbx.media.payloads import relays_events
from pbx.media.tone_suspicion import ToneSuspicion


class KeyedReceiver(RtpReceiver):
    """Reports each key once, and gives it to whom the party talks with, unless it is a secret."""

    __slots__ = ("_by_tone", "_suspicion", "_tones", "partner")

    def __init__(self, leg: LegId, socket: Socket, ids: Ids, hooks: Hooks) -> None:
        super().__init__(leg, socket, ids, hooks.emit)
        self.partner: Partner | None = None  # in place of the peer
        self._tones: ToneWatch | None = None  # while tones in the audio count as keys, or are suspected
        self._by_tone, self._suspicion = False, ToneSuspicion()

    @property
    def voices(self) -> Sequence[Tapped]:
        """Who is in the mix that the party is sent in a room."""
        return self.partner.voices(self.leg) if self.partner is not None else ()

    @property
    def room(self) -> str:
        """Where it sits with them, "" = in none."""
        return self.partner.room if self.partner is not None else ""

    @property
    def decodable(self) -> bool:
        """Whether the party's audio can be turned into samples."""
        return self.arrives is not None and find_codec(*self.arrives) is not None

    @property
    def is_judged(self) -> bool:
        """Whether somebody listens for keys in the party's audio."""
        is_free = self.peer is None and self.partner is None
        return self.decodable and self._tones is not None and (self._by_tone or is_free)

    @property
    def is_key_down(self) -> bool:
        """Whether the party presses a key now, as far as one listens to it."""
        return self._keys.waits or (self._tones is not None and self._tones.is_sounding)

    def take_info(self, key: str, duration_ms: int) -> None:
        """The party has pressed a key by SIP INFO; its call knows."""
        if not self.tap.secure and self._presses.info(Digit(key, duration_ms), monotonic()):
            self._give(key, duration_ms)

    def _give(self, key: str, duration_ms: int) -> None:
        """Press a key of the party for whom it talks with."""
        if self.partner is not None:
            self.partner.press(self.leg, key)
        elif self.peer is not None:
            self.peer.press(key, duration_ms)

    def _judge(self, digits: list[Digit]) -> None:
        """Take what was heard as tones: keys, or a sign that the party sends another kind than agreed."""
        if self._by_tone:
            for digit in digits:
                self._key(digit, "inband")
            return
        self._suspicion.listened()
        if digits and not self._keys.waits:  # gateways let the beginning of a tone through beside its event
            self.reports.tones += len(digits)
            self._suspicion.settle()
        self._calm()

    def _calm(self) -> None:
        """Listen for tones no longer once it is known what the party sends."""
        if self._tones is not None and not self._by_tone and not self._suspicion.is_open:
            self._tones = None
            self._change()

    def _pressed(self, digit: Digit) -> None:
        self._suspicion.settle()
        self._calm()
        self._key(digit, "rfc4733")

    def _key(self, digit: Digit, kind: DigitKind) -> None:
        """Report a key, and give it to whom the party talks with, if that does not have it."""
        key, presses, by_tone = Secret(digit.key), self._presses, kind == "inband"
        self._emit(DigitReceived(leg=self.leg, digit=key, duration_ms=digit.duration_ms, kind=kind))
        is_news = presses.tone(digit, monotonic()) if by_tone else presses.is_event_news
        if not self.tap.secure and is_news and not self._passes_on(kind):
            self._give(digit.key, digit.duration_ms)

    def _passes_on(self, kind: DigitKind) -> bool:
        """Whether the peer gets a key with the party's packets: tones are in the audio, events relayed."""
        peer, heard = self.peer, self.format
        if peer is None or heard is None or peer.format is None:
            return False
        is_relayed = self.partner is None and not peer.out.pulled
        return kind == "inband" or (is_relayed and relays_events(heard, peer.format))
