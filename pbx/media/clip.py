"""A piece of audio ready to be cut into frames: at 8 and 16 kHz, and in the codecs that have no memory."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import soxr
from numpy.typing import NDArray

from pbx.media.g711 import SAMPLE_RATE, SILENCE, encode

WIDE_RATE: Literal[16000] = 16000

Stateless = Literal["PCMU", "PCMA"]
Form = Literal["narrow", "wide", "PCMU", "PCMA"]

# Octets that one 8 kHz sample period takes; positions are counted in these periods in every form.
UNIT: dict[Form, int] = {"narrow": 2, "wide": 4, "PCMU": 1, "PCMA": 1}
PCM_FORMS: dict[Literal[8000, 16000], Form] = {8000: "narrow", 16000: "wide"}
QUIET: dict[Form, bytes] = {
    "narrow": b"\0",
    "wide": b"\0",
    "PCMU": bytes([SILENCE["PCMU"]]),
    "PCMA": bytes([SILENCE["PCMA"]]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """PCM16 at 8 kHz, repeated until `n_samples` are played; None = for ever.

    What lies before sample `repeat_from` is played once only. `wide` is the same at 16 kHz, twice as long;
    without it the upper half of the band stays empty.
    """

    pcm: bytes
    n_samples: int | None
    repeat_from: int = 0
    wide: bytes = b""
    _made: dict[Form, bytes] = field(default_factory=dict, compare=False, repr=False)

    def cut(self, at: int, n_samples: int, form: Form = "narrow") -> bytes:
        """Return up to `n_samples` periods of 125 µs from period `at` on."""
        if self.n_samples is not None:
            n_samples = min(n_samples, self.n_samples - at)
        stored, unit = self.stored(form), UNIT[form]
        first, need = at * unit, n_samples * unit
        if first + need <= len(stored):
            return stored[first : first + need]
        again = self.repeat_from * unit
        if first >= len(stored):
            first = again + (first - again) % (len(stored) - again)
        out = stored[first : first + need]
        while len(out) < need:
            out += stored[again : again + need - len(out)]
        return out

    def encoded(self, encoding: Stateless) -> bytes:
        """Return the stored samples as G.711 octets; made once."""
        return self.stored(encoding)

    def stored(self, form: Form) -> bytes:
        """Return all that can be cut, in one form; made when it is first asked for."""
        if form == "narrow":
            return self.pcm
        made = self._made.get(form)
        if made is None:
            made = self._made[form] = self._widened() if form == "wide" else encode(self.pcm, form)
        return made

    def _widened(self) -> bytes:
        n_bytes = 2 * len(self.pcm)
        wide = self.wide or _upsampled(self.pcm)
        return wide[:n_bytes].ljust(n_bytes, b"\0")  # a resampler may be a sample short or long


def _upsampled(pcm: bytes) -> bytes:
    samples = np.frombuffer(pcm, "<i2").astype(np.int16)
    wide: NDArray[np.int16] = soxr.resample(samples, SAMPLE_RATE, WIDE_RATE)
    return wide.astype("<i2").tobytes()
