"""Comfort noise (RFC 3389): noise of the level that the payload says."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

OVERLOAD = 32768.0  # 0 dBov: the root mean square of the loudest that can be written
MAX_LEVEL = 127  # -127 dBov, the softest that the octet can say
DEFAULT_LEVEL = 65  # a quiet line
_TABLE_SAMPLES = 1 << 15  # four seconds at 8 kHz
_SEED = 20260101


@cache
def _noise() -> NDArray[np.float32]:
    samples = np.random.default_rng(_SEED).normal(size=_TABLE_SAMPLES)
    noise: NDArray[np.float32] = (samples / samples.std()).astype(np.float32)
    return noise


class ComfortNoise:
    """Noise at one sample rate; spectral coefficients of the payload are left out (RFC 3389 §3.2)."""

    __slots__ = ("_at", "_level", "_table")

    def __init__(self, seed: int) -> None:
        self._at = seed
        self._level = -1
        self._table = b""
        self.level(bytes([DEFAULT_LEVEL]))

    def level(self, payload: bytes) -> None:
        """Take a payload; an empty one changes nothing."""
        if payload and payload[0] & MAX_LEVEL != self._level:
            self._level = payload[0] & MAX_LEVEL
            scaled = _noise() * np.float32(OVERLOAD * 10 ** (-self._level / 20))
            self._table = np.clip(np.rint(scaled), -32768, 32767).astype("<i2").tobytes()

    def frame(self, n_samples: int) -> bytes:
        """Return noise; every frame begins somewhere else, so that no pattern is heard."""
        self._at = (self._at * 1664525 + 1013904223) & 0xFFFFFFFF
        first = 2 * ((self._at >> 8) % (_TABLE_SAMPLES - n_samples))
        return self._table[first : first + 2 * n_samples]
