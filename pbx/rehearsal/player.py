"""Player: what each leg of a rehearsal hears, and for how long."""

from pbx.call.effects import PreparePrompts
from pbx.call.events import PromptsReady
from pbx.core.ids import LegId, Token
from pbx.media.dialogue import Pause, PlayTone, Prompt, Say
from pbx.media.effects import Play
from pbx.media.events import PlayEnded
from pbx.media.sources import FileSource, SilenceSource, Source, ToneSource

MS_PER_CHARACTER = 65  # of a sentence: about as fast as a recorded voice
MS_OF_SENTENCE = 300  # besides
TONE_MS = 400
_SPOKEN = "say:"  # a source that stands for a sentence


class Player:
    """One play per leg; another one ends it, as in a media worker."""

    __slots__ = ("_country", "_playing")

    def __init__(self, country: str) -> None:
        self._country = country.lower()
        self._playing: dict[LegId, tuple[Play, float]] = {}

    def prepared(self, order: PreparePrompts) -> PromptsReady:
        """Return the sentences as sources, each as long as it takes to say it."""
        sources = tuple(self._source(prompt) for prompt in order.prompts)
        return PromptsReady(call=order.call, token=order.token, sources=sources, sha256="rehearsed")

    def begin(self, order: Play, now: float) -> list[PlayEnded]:
        """A leg hears something; what it heard before has ended."""
        ended = self.stop(order.leg, now)
        self._playing[order.leg] = (order, now)
        return ended

    def stop(self, leg: LegId, now: float) -> list[PlayEnded]:
        """Nothing is played to a leg any more."""
        playing = self._playing.pop(leg, None)
        if playing is None:
            return []
        order, began = playing
        return [_ended(order, round((now - began) * 1000))]

    def over(self, leg: LegId, token: Token) -> PlayEnded | None:
        """A play has come to its end, None = it was stopped before."""
        playing = self._playing.get(leg)
        if playing is None or playing[0].token != token:
            return None
        del self._playing[leg]
        return _ended(playing[0], length_ms(playing[0]))

    def is_silent(self, leg: LegId) -> bool:
        """Whether nothing is played to a leg."""
        return leg not in self._playing

    def ends_with_key(self, leg: LegId) -> bool:
        """Whether a key of its party ends what it hears."""
        playing = self._playing.get(leg)
        return playing is not None and playing[0].until_key

    def _source(self, prompt: Prompt) -> Source:
        match prompt:
            case Say(text=text):
                length = MS_OF_SENTENCE + MS_PER_CHARACTER * len(text)
                return FileSource(path=_SPOKEN + text, sha256="", duration_ms=length)
            case PlayTone(tone=tone, duration_ms=duration_ms):
                return ToneSource(country=self._country, tone=tone, duration_ms=duration_ms)
            case Pause(duration_ms=duration_ms):
                return SilenceSource(duration_ms=duration_ms)


def sentences(order: Play) -> tuple[str, ...]:
    """What is said in a play."""
    return tuple(
        source.path.removeprefix(_SPOKEN)
        for source in order.sources
        if isinstance(source, FileSource) and source.path.startswith(_SPOKEN)
    )


def length_ms(order: Play) -> int:
    """How long a play lasts that is not a loop."""
    return sum(getattr(source, "duration_ms", 0) or TONE_MS for source in order.sources)


def _ended(order: Play, played_ms: int) -> PlayEnded:
    total = length_ms(order)
    return PlayEnded(
        leg=order.leg, token=order.token, played_ms=played_ms, total_ms=total, completed=played_ms >= total
    )
