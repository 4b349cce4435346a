"""G.722 at 64 kbit/s (RFC 3551 §4.5.2): 16 kHz audio whose RTP clock counts 8000.

Asked for 8 kHz, the coder leaves the upper band out, so that no resampler is needed.
"""

from array import array
from typing import Literal

from G722 import G722

from pbx.core.errors import ParseError
from pbx.media.codecs.codec import WIDE

BIT_RATE = 64_000


class G722Codec:
    encoding: Literal["G722"] = "G722"
    audio_rate = WIDE

    def duration(self, payload: bytes) -> int:
        return len(payload)  # one octet carries two samples of 16 kHz, and counts as one

    def decoder(self, sample_rate: int) -> "G722Decoder":
        return G722Decoder(sample_rate)

    def encoder(self, sample_rate: int) -> "G722Encoder":
        return G722Encoder(sample_rate)


class G722Decoder:
    __slots__ = ("_coder",)

    def __init__(self, sample_rate: int) -> None:
        self._coder = G722(sample_rate, BIT_RATE)

    def decode(self, payload: bytes) -> bytes:
        if not payload:
            raise ParseError("empty G.722 payload", 0)
        samples: array[int] = self._coder.decode(payload)
        return samples.tobytes()

    def conceal(self, n_samples: int, following: bytes | None) -> bytes | None:
        return None


class G722Encoder:
    __slots__ = ("_coder",)

    def __init__(self, sample_rate: int) -> None:
        self._coder = G722(sample_rate, BIT_RATE)

    def encode(self, pcm: bytes) -> bytes:
        octets: bytes = self._coder.encode(array("h", pcm))
        return octets
