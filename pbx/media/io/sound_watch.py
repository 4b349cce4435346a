"""SoundWatch: talk, silence and the tones of machines, as a leg's party sends them."""

from pbx.core.ids import LegId
from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.halfband import Narrow
from pbx.media.events import MediaEvent, TalkStarted, TalkStopped, ToneHeard
from pbx.media.talk_watch import TalkChange, TalkWatch
from pbx.media.tone_cadence import CountryTones
from pbx.media.tone_listener import ToneListener


class SoundWatch:
    """What was ordered for a leg, behind an ear of either rate; None = not."""

    __slots__ = ("_leg", "_narrow", "_rate", "_talk", "_tones")

    def __init__(self, leg: LegId, tones: CountryTones | None, *, talk: bool) -> None:
        self._leg = leg
        self._talk = TalkWatch() if talk else None
        self._tones = None if tones is None else ToneListener(tones)
        self._narrow, self._rate = Narrow(), int(NARROW)

    @property
    def silent_ms(self) -> int:
        """How long the party has not talked, 0 = it does, or nobody looks."""
        return 0 if self._talk is None else self._talk.silent_ms

    def feed(self, pcm: bytes, sample_rate: int) -> list[MediaEvent]:
        """Take 20 ms of the party; return what is new."""
        if sample_rate != self._rate:  # another ear
            self._narrow, self._rate = Narrow(), sample_rate
        if sample_rate != NARROW:
            pcm = self._narrow.feed(pcm)
        events: list[MediaEvent] = []
        if self._talk is not None:
            events += [self._changed(change) for change in self._talk.feed(pcm)]
        if self._tones is not None:
            for tone, duration_ms in self._tones.feed(pcm):
                events.append(ToneHeard(leg=self._leg, tone=tone, duration_ms=duration_ms))
        return events

    def _changed(self, change: TalkChange) -> TalkStarted | TalkStopped:
        level = round(change.level_dbm0, 1)
        if change.talks:
            return TalkStarted(leg=self._leg, silent_ms=change.silent_ms, level_dbm0=level)
        return TalkStopped(
            leg=self._leg, talked_ms=change.talked_ms, silent_ms=change.silent_ms, level_dbm0=level
        )
