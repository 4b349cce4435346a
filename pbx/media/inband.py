"""Digits heard as pairs of tones in the audio of a leg. ITU-T Q.23, Q.24.

Every 10 ms a window of 20 ms is projected on the eight frequencies. A Hann window keeps the two groups
apart (268 Hz are below -50 dB), and the turn of a projection's phase from one window to the next tells the
frequency far better than the width of a 102-sample Goertzel block, so ±1.5 % and ±3.5 % can be told apart.

Three consecutive windows must agree. A tone of 40 ms covers three of them by 15 ms or more wherever it
begins; one of 24 ms cannot. What guards against voices: nearly all energy of the window, its second
harmonics and everything else included, lies in the two tones; both are at their frequency; their levels
fit each other and stay constant.
"""

import cmath
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pbx.media.dtmf import Digit
from pbx.media.tone_digits import FULL_SCALE_DBM0, HIGH_HZ, LOW_HZ, TONES

RATE = 8000
FRAME_BYTES = 320  # 20 ms: what one look takes
_WINDOW, _HOP = 160, 80
_HOP_MS = 10

MIN_LEVEL_DBM0 = -34.0  # of each tone; Q.24: -25 must be heard, -55 must not
MAX_TWIST_DB, MAX_REVERSE_TWIST_DB = 9.0, 5.0  # Q.24: 8 and 4 dB must be heard
MAX_DEVIATION = 0.023  # of a frequency; Q.24: 1.5 % must be heard, 3.5 % must not
MIN_PURITY = 0.74  # the tones' share of the energy: 0.94 at a signal-to-noise ratio of 12 dB, 0.8 at 6 dB
# Flite's vowels reach 0.82 where the low tone is 7 dB stronger; a tone over 15 of the 20 ms has 0.86.
MIN_TWISTED_PURITY = 0.84
TWISTED_DB = 6.5
MAX_STEP_DB = 2.0  # between two windows; a tone that covers 15 of 20 ms is 1 dB weaker
MIN_WINDOWS = 3
PAUSE_WINDOWS = 3  # a gap of 10 ms spoils two windows at most, a pause of 30 ms three at least

_HZ = LOW_HZ + HIGH_HZ
_KEYS = {pair: key for key, pair in TONES.items()}
_KEY = [[_KEYS[low, high] for high in HIGH_HZ] for low in LOW_HZ]
_TURN_BACK = [complex(np.exp(-2j * math.pi * hz * _HOP / RATE)) for hz in _HZ]
_MAX_OFF_HZ = [hz * MAX_DEVIATION for hz in _HZ]
_MIN_POWER = (32768 * 10 ** ((MIN_LEVEL_DBM0 - FULL_SCALE_DBM0) / 20)) ** 2 / 2
_GATE = _MIN_POWER * _HOP / 2  # energy of 20 ms, lower than that of any window that could count
_MAX_TWIST, _MAX_REVERSE = 10 ** (MAX_TWIST_DB / 10), 10 ** (MAX_REVERSE_TWIST_DB / 10)
_TWISTED = 10 ** (TWISTED_DB / 10)
_MAX_STEP = 10 ** (MAX_STEP_DB / 10)
_HZ_PER_RADIAN = RATE / (2 * math.pi * _HOP)
# Before the powers are corrected for frequencies that are off; enough for a digit that already sounds, so
# that it is not cut in two by what is said into it.
_MIN_ROUGH_PURITY = 0.5


def _projections() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what 240 samples are multiplied with, and what their squares: two windows, 10 ms apart.

    A tone's two projections, squared and added, are its mean square; so is the weighted sum of squares.
    """
    time = np.arange(_WINDOW)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (time + 0.5) / _WINDOW)
    angles = np.outer(_HZ, 2 * np.pi * time / RATE)
    rows = np.concatenate((np.cos(angles), -np.sin(angles))) * hann * (math.sqrt(2) / hann.sum())
    both = np.zeros((2, 16, _WINDOW + _HOP))
    energy = np.zeros((2, _WINDOW + _HOP))
    for at in range(2):
        both[at, :, at * _HOP : at * _HOP + _WINDOW] = rows
        energy[at, at * _HOP : at * _HOP + _WINDOW] = hann**2 / (hann**2).sum()
    return both.reshape(32, -1).astype(np.float32), energy.astype(np.float32)


_TONE_ROWS, _ENERGY_ROWS = _projections()


def _response(off_hz: float) -> float:
    """The power that the Hann window leaves of a tone this far off its frequency."""
    bins = off_hz * _WINDOW / RATE
    if abs(bins) < 1e-6:
        return 1.0
    return (math.sin(math.pi * bins) / (math.pi * bins) / (1 - bins * bins)) ** 2


class _Look(NamedTuple):
    """One window that may hold a digit: indices of its tones, their projections and powers."""

    key: str
    low: int
    high: int
    low_at: complex
    high_at: complex
    low_power: float
    high_power: float
    energy: float


def _look(parts: list[float], energy: float) -> _Look | None:
    """Return the strongest tone of each group, None where they are not most of the window."""
    powers = [parts[at] ** 2 + parts[at + 8] ** 2 for at in range(8)]
    low_power, high_power = max(powers[:4]), max(powers[4:])
    if low_power + high_power < _MIN_ROUGH_PURITY * energy or min(low_power, high_power) < _MIN_POWER / 4:
        return None
    low, high = powers.index(low_power), powers.index(high_power, 4)
    low_at, high_at = complex(parts[low], parts[low + 8]), complex(parts[high], parts[high + 8])
    return _Look(_KEY[low][high - 4], low, high, low_at, high_at, low_power, high_power, energy)


def _off_hz(before: complex, after: complex, tone: int) -> float:
    """How far a tone is off its frequency, by the turn of its phase in 10 ms; unique within ±50 Hz."""
    return cmath.phase(after * before.conjugate() * _TURN_BACK[tone]) * _HZ_PER_RADIAN


def _is_digit(before: _Look | None, after: _Look | None) -> bool:
    """Whether two consecutive windows hold the same two tones, as a telephone would make them."""
    if before is None or after is None or before.key != after.key:
        return False
    if not _is_steady(before.low_power, after.low_power) or not _is_steady(
        before.high_power, after.high_power
    ):
        return False
    low_off = _off_hz(before.low_at, after.low_at, after.low)
    high_off = _off_hz(before.high_at, after.high_at, after.high)
    if abs(low_off) > _MAX_OFF_HZ[after.low] or abs(high_off) > _MAX_OFF_HZ[after.high]:
        return False
    low, high = after.low_power / _response(low_off), after.high_power / _response(high_off)
    purity = MIN_TWISTED_PURITY if low > high * _TWISTED else MIN_PURITY
    return (
        low + high >= purity * after.energy
        and min(low, high) >= _MIN_POWER
        and low <= high * _MAX_TWIST
        and high <= low * _MAX_REVERSE
    )


def _is_steady(before: float, after: float) -> bool:
    return before <= after * _MAX_STEP and after <= before * _MAX_STEP


class InbandDetector:
    """Hears the digits in PCM16 little-endian of 8 kHz; a digit is reported when its tone has ended."""

    __slots__ = ("_current", "_earlier", "_missed", "_pairs", "_rest", "_samples", "_windows")

    def __init__(self) -> None:
        self._samples = np.zeros(_WINDOW + _HOP, np.float32)
        self._rest = b""
        self._earlier: _Look | None = None
        self._pairs = 0
        self._current: str | None = None
        self._windows = 0
        self._missed = 0

    @property
    def tone_now(self) -> bool:
        """Whether a digit has begun and not ended."""
        return self._current is not None

    def feed(self, pcm: bytes) -> list[Digit]:
        """Take audio of any length; return the digits that ended in it."""
        if self._rest:
            pcm, self._rest = self._rest + pcm, b""
        digits: list[Digit] = []
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        for at in range(0, whole, FRAME_BYTES):
            self._frame(np.frombuffer(pcm, "<i2", FRAME_BYTES // 2, at), digits)
        if whole < len(pcm):
            self._rest = pcm[whole:]
        return digits

    def _frame(self, frame: NDArray[np.int16], digits: list[Digit]) -> None:
        samples = self._samples
        samples[:_HOP] = samples[_WINDOW:]
        fresh = samples[_HOP:]
        fresh[:] = frame
        if np.dot(fresh, fresh) < _GATE:
            self._window(None, digits)
            self._window(None, digits)
            return
        parts = (_TONE_ROWS @ samples).tolist()
        energies = (_ENERGY_ROWS @ (samples * samples)).tolist()
        self._window(_look(parts[:16], energies[0]), digits)
        self._window(_look(parts[16:], energies[1]), digits)

    def _window(self, look: _Look | None, digits: list[Digit]) -> None:
        """Count the window for the digit that sounds, for the pause after it, or for one that begins."""
        self._pairs = self._pairs + 1 if _is_digit(self._earlier, look) else 0
        self._earlier = look
        if self._current is not None:
            if look is not None and look.key == self._current:
                self._windows += self._missed + 1
                self._missed = 0
            else:
                self._missed += 1
        begins = look is not None and look.key != self._current and self._pairs >= MIN_WINDOWS - 1
        if self._current is not None and (begins or self._missed >= PAUSE_WINDOWS):
            digits.append(Digit(self._current, self._windows * _HOP_MS + _HOP_MS // 2))
            self._current = None
        if begins and look is not None:
            self._current, self._windows, self._missed = look.key, MIN_WINDOWS, 0
