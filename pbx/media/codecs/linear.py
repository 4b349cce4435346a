"""L16 (RFC 3551 §4.5.11): PCM16 in network byte order, at 8 or 16 kHz."""

from array import array
from typing import Literal

from pbx.core.errors import ParseError
from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.halfband import Narrow, Widen


def _swapped(octets: bytes) -> bytes:
    words = array("H", octets)
    words.byteswap()
    return words.tobytes()


class LinearCodec:
    """`rate` is both the RTP clock and the sample rate."""

    encoding: Literal["L16"] = "L16"

    def __init__(self, rate: int) -> None:
        self.audio_rate = rate

    def duration(self, payload: bytes) -> int:
        return len(payload) // 2

    def decoder(self, sample_rate: int) -> "LinearDecoder":
        return LinearDecoder(self.audio_rate, sample_rate)

    def encoder(self, sample_rate: int) -> "LinearEncoder":
        return LinearEncoder(sample_rate, self.audio_rate)


def rate_change(source: int, target: int) -> Widen | Narrow | None:
    """Return what turns PCM16 of one rate into the other, None when they are the same."""
    if source == target:
        return None
    return Widen() if source == NARROW else Narrow()


class LinearDecoder:
    __slots__ = ("_change",)

    def __init__(self, rate: int, sample_rate: int) -> None:
        self._change = rate_change(rate, sample_rate)

    def decode(self, payload: bytes) -> bytes:
        if not payload or len(payload) % 4:  # an odd number of samples has no half rate
            raise ParseError("L16 payload of an odd length", 0)
        pcm = _swapped(payload)
        return pcm if self._change is None else self._change.feed(pcm)

    def conceal(self, n_samples: int, following: bytes | None) -> bytes | None:
        return None


class LinearEncoder:
    __slots__ = ("_change",)

    def __init__(self, sample_rate: int, rate: int) -> None:
        self._change = rate_change(sample_rate, rate)

    def encode(self, pcm: bytes) -> bytes:
        return _swapped(pcm if self._change is None else self._change.feed(pcm))
