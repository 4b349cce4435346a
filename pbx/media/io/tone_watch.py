"""ToneWatch: the keys of a party that sends them as tones in its audio."""

from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.halfband import Narrow
from pbx.media.dtmf import Digit
from pbx.media.inband import InbandDetector


class ToneWatch:
    """A detector behind an ear of either rate."""

    __slots__ = ("_detector", "_narrow", "_rate")

    def __init__(self) -> None:
        self._detector = InbandDetector()
        self._narrow, self._rate = Narrow(), int(NARROW)

    @property
    def is_sounding(self) -> bool:
        """Whether the tone of a key has begun and not ended."""
        return self._detector.tone_now

    def feed(self, pcm: bytes, sample_rate: int) -> list[Digit]:
        """Take 20 ms of the party; return the keys whose tones have ended in them."""
        if sample_rate != self._rate:  # another ear: what it hears does not continue the last frame
            self._detector, self._narrow, self._rate = InbandDetector(), Narrow(), sample_rate
        return self._detector.feed(pcm if sample_rate == NARROW else self._narrow.feed(pcm))
