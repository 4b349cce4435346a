"""8 to 16 kHz and back for a stream of PCM16: a linear-phase half-band filter, 49 taps, 55 dB."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

N_TAPS = 49  # the delay is then 24 wide samples, 12 narrow ones: 1.5 ms, whole at either rate
_BETA = 5.5

Floats = NDArray[np.float32]


@cache
def _taps() -> Floats:
    n = np.arange(N_TAPS) - N_TAPS // 2
    taps = np.sinc(n / 2) / 2 * np.kaiser(N_TAPS, _BETA)
    scaled: Floats = (taps / taps.sum()).astype(np.float32)
    return scaled


class Widen:
    """8 kHz in, 16 kHz out; every call returns exactly twice as many samples."""

    __slots__ = ("_history",)

    def __init__(self) -> None:
        self._history: Floats = np.zeros(N_TAPS - 1, np.float32)

    def feed(self, pcm: bytes) -> bytes:
        narrow = np.frombuffer(pcm, "<i2")
        stuffed = np.zeros(len(self._history) + 2 * len(narrow), np.float32)
        stuffed[: len(self._history)] = self._history
        stuffed[len(self._history) :: 2] = narrow
        self._history = stuffed[len(stuffed) - N_TAPS + 1 :]
        return _pcm(2 * np.convolve(stuffed, _taps(), "valid"))


class Narrow:
    """16 kHz in, 8 kHz out; every call returns half as many samples, so feed even numbers."""

    __slots__ = ("_history",)

    def __init__(self) -> None:
        self._history: Floats = np.zeros(N_TAPS - 1, np.float32)

    def feed(self, pcm: bytes) -> bytes:
        wide = np.concatenate((self._history, np.frombuffer(pcm, "<i2").astype(np.float32)))
        self._history = wide[len(wide) - N_TAPS + 1 :]
        return _pcm(np.convolve(wide, _taps(), "valid")[::2])


def _pcm(samples: Floats) -> bytes:
    return bytes(np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes())
