"""ToneSpectrum: which tone, if any, makes up the last 40 ms of a party's audio.

A window is a tone when nearly all of its energy, harmonics and everything else included, lies in one
frequency, or in the two of a pair that was asked for. A voice hardly ever is: in 17 minutes of five
synthesised voices the longest stretch that was lasted 80 ms.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbx.media.tone_digits import FULL_SCALE_DBM0

RATE = 8000
FRAME_BYTES = 320  # 20 ms: what one look takes
MIN_LEVEL_DBM0 = -40.0  # ITU-T T.30 §4: what a fax machine sends arrives at -43 dBm0 at worst
MIN_PURITY = 0.85  # a pair's share of the energy: 0.94 at a signal-to-noise ratio of 12 dB
MIN_LONE_PURITY = 0.93  # a digit whose one tone is 9 dB stronger than the other has 0.89 in it
MAX_TWIST_DB = 10.0  # between the tones of a pair
LOWEST_HZ, HIGHEST_HZ = 300.0, 3400.0  # the telephone band
SILENT_DBM0 = -100.0  # stands for no energy at all

_WINDOW, _HOP = 320, 160
_FFT = 1024
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(_WINDOW) + 0.5) / _WINDOW)
_POWER = 2 / _HANN.sum() ** 2  # of a bin -> mean square of the sine in it
_ENERGY = 1 / (_HANN**2).sum()
_FULL_SCALE = 32768.0**2 / 2  # mean square of the loudest sine
_FIRST, _LAST = (math.ceil(hz * _FFT / RATE) for hz in (LOWEST_HZ, HIGHEST_HZ))
_MAX_TWIST = 10 ** (MAX_TWIST_DB / 10)

Hz = tuple[float, ...]
"""The frequencies that sound together, none = no tone."""


class Look(NamedTuple):
    """The level of a window, and the tone that makes it up."""

    level_dbm0: float
    hz: Hz


class ToneSpectrum:
    """Looks at PCM16 little-endian of 8 kHz, 20 ms at a time, for lone tones and for `pairs`."""

    __slots__ = ("_pairs", "_samples")

    def __init__(self, pairs: Iterable[Hz] = ()) -> None:
        self._samples = np.zeros(_WINDOW)
        self._pairs = [(pair, _basis(pair)) for pair in pairs]

    def look(self, frame: bytes) -> Look:
        """Take the next 20 ms; return what the last 40 are."""
        samples = self._samples
        samples[:_HOP] = samples[_HOP:]
        samples[_HOP:] = np.frombuffer(frame, "<i2")
        windowed = samples * _HANN
        energy = float(windowed @ windowed) * _ENERGY
        level = level_dbm0(energy)
        if level < MIN_LEVEL_DBM0:
            return Look(level, ())
        return Look(level, _lone(windowed, energy) or self._pair(windowed, energy))

    def _pair(self, windowed: NDArray[np.float64], energy: float) -> Hz:
        for pair, basis in self._pairs:
            parts = basis @ windowed
            powers = (parts[0::2] ** 2 + parts[1::2] ** 2).tolist()
            is_pure = sum(powers) * _ENERGY >= MIN_PURITY * energy
            if is_pure and max(powers) <= _MAX_TWIST * min(powers):
                return pair
        return ()


def level_dbm0(energy: float) -> float:
    """Return the level of a mean square of PCM16 samples; -100 dBm0 for silence."""
    if energy <= 0:
        return SILENT_DBM0
    return max(10 * math.log10(energy / _FULL_SCALE) + FULL_SCALE_DBM0, SILENT_DBM0)


def _lone(windowed: NDArray[np.float64], energy: float) -> Hz:
    spectrum = np.fft.rfft(windowed, _FFT)[_FIRST - 1 : _LAST + 2]
    powers = spectrum.real**2 + spectrum.imag**2
    peak = 1 + int(powers[1:-1].argmax())
    if powers[peak] * _POWER < MIN_LONE_PURITY * energy:
        return ()
    before, at, after = (math.log(power + 1e-9) for power in powers[peak - 1 : peak + 2].tolist())
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend else 0.0  # the top of the parabola through the three
    return ((_FIRST - 1 + peak + shift) * RATE / _FFT,)


def _basis(pair: Hz) -> NDArray[np.float64]:
    """Orthonormal rows that span the windowed tones of a pair, two rows for each."""
    time = np.arange(_WINDOW) * (2 * np.pi / RATE)
    waves = [wave(hz * time) * _HANN for hz in pair for wave in (np.cos, np.sin)]
    rows, _ = np.linalg.qr(np.array(waves).T)
    basis: NDArray[np.float64] = rows.T
    return basis
