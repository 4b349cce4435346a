"""Beeper: the tone that tells a party again and again that it is recorded, 20 ms at a time."""

import math
from functools import lru_cache

import numpy as np

from pbx.media.effects import Beep

FRAME_MS = 20
FADE_MS = 5  # raised-cosine edges, as all our tones have
PEAK = 32256  # of a sine of +3.14 dBm0, the loudest that A-law carries (G.711)
PEAK_DBM0 = 3.14


class Beeper:
    """The beeps of one party. It sounds as soon as it may, and anew after it was hushed.

    The first beep of all has `first_ms`: who comes new to a recording hears that. `n_sounded` counts the
    frames with tone.
    """

    __slots__ = ("_at_ms", "_is_first", "beep", "is_hushed", "n_sounded")

    def __init__(self, beep: Beep) -> None:
        self.beep = beep
        self.is_hushed = False  # paused, or nothing is kept of this party now
        self._at_ms, self._is_first = 0, True
        self.n_sounded = 0

    def frame(self, sample_rate: int) -> bytes:
        """Return the next 20 ms of PCM16, empty = no tone."""
        beep = self.beep
        if self.is_hushed:
            self._is_first &= self._at_ms == 0
            self._at_ms = 0
            return b""
        length_ms = beep.first_ms if self._is_first and beep.first_ms else beep.on_ms
        at_ms, self._at_ms = self._at_ms, self._at_ms + FRAME_MS
        if self._at_ms >= beep.every_ms:
            self._at_ms, self._is_first = 0, False
        if at_ms >= length_ms:
            return b""
        self.n_sounded += 1
        burst = _burst((beep.hz, beep.level_dbm0), length_ms, sample_rate)
        size = 2 * sample_rate * FRAME_MS // 1000
        start = at_ms // FRAME_MS * size
        return burst[start : start + size].ljust(size, b"\0")


def mixed(pcm: bytes, tone: bytes) -> bytes:
    """Return both at once; what is too loud for PCM16 is cut off."""
    if not tone or not pcm:
        return pcm or tone
    both = np.frombuffer(pcm, "<i2").astype(np.int32) + np.frombuffer(tone, "<i2")
    return bytes(both.clip(-32768, 32767).astype("<i2").tobytes())


@lru_cache(maxsize=16)
def _burst(tone: tuple[int, float], length_ms: int, rate: int) -> bytes:
    hz, level_dbm0 = tone
    peak = PEAK * 10 ** ((level_dbm0 - PEAK_DBM0) / 20)
    t = np.arange(rate * length_ms // 1000)
    wave = peak * np.sin(2 * math.pi * hz * t / rate)
    n_fade = min(rate * FADE_MS // 1000, len(t) // 2)
    edge = (1 - np.cos(math.pi * np.arange(n_fade) / max(n_fade, 1))) / 2
    wave[:n_fade] *= edge
    wave[len(wave) - n_fade :] *= edge[::-1]
    return bytes(np.rint(wave).astype("<i2").tobytes())
