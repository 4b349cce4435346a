"""Somebody who tells digits by what is left of their tones, and knows to the sample where they were.

He works in two ways, neither of which minds how faint a rest is: matched filters over windows of 8 ms, and a
linear model over the spectrum, learnt from tones that nobody muted. Silence tells him nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pbx.media import g711
from pbx.media.tone_digits import HIGH_HZ, LOW_HZ, TONES
from tests.integration.keypad import DIGITS, RATE, TONE_MS, tone

Floats = NDArray[np.float64]

AROUND = RATE * 40 // 1000  # samples before and after a tone: what delayed it may not be known to a sample
_N_LESSONS = 800
_N_STEPS = 200
_WINDOW, _HOP = RATE * 8 // 1000, RATE * 4 // 1000
_LONG, _LONG_HOP, _POINTS = 256, 64, 512
_BAND = slice(650 * _POINTS // RATE, 1560 * _POINTS // RATE + 1)  # where the tones of ten digits are


class Classifier:
    """Trained when made, on its own tones."""

    def __init__(self, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        segments, keys = lessons(_N_LESSONS, rng)
        self._weights, self._bias = _learnt(np.array([_spectrum(one) for one in segments]), keys)

    def matched(self, segment: Floats) -> str:
        """The key whose two filters have most of the energy, each in its own group."""
        low, high = (int(np.argmax(_powers(segment, group))) for group in (LOW_HZ, HIGH_HZ[:3]))
        pair = LOW_HZ[low], HIGH_HZ[high]
        return next(key for key, tones in TONES.items() if tones == pair)

    def learnt(self, segment: Floats) -> str:
        """The key that the linear model says."""
        return DIGITS[int(np.argmax(_spectrum(segment) @ self._weights + self._bias))]

    def scores(self, segments: Sequence[Floats], keys: Sequence[str]) -> tuple[float, float]:
        """The share of right answers of either way."""
        told = [(self.matched(one), self.learnt(one)) for one in segments]
        right = [(a == key, b == key) for (a, b), key in zip(told, keys, strict=True)]
        by_filter, by_model = np.mean(right, axis=0)
        return float(by_filter), float(by_model)


def lessons(n: int, rng: np.random.Generator) -> tuple[list[Floats], list[str]]:
    """Tones over the whole grid as PCMU leaves them, with some of the silence around."""
    segments, keys = [], []
    for number in range(n):
        key, n_samples = DIGITS[number % 10], int(rng.integers(*TONE_MS, endpoint=True)) * 8
        late = int(rng.integers(0, 2 * AROUND))
        pressed = np.concatenate((np.zeros(late), tone(key, n_samples, rng), np.zeros(2 * AROUND - late)))
        pcm = np.rint(pressed).clip(-32768, 32767).astype("<i2").tobytes()
        heard = np.frombuffer(g711.decode(g711.encode(pcm, "PCMU"), "PCMU"), "<i2")
        segments.append(heard.astype(np.float64))
        keys.append(key)
    return segments, keys


def _powers(segment: Floats, group: Sequence[float]) -> Floats:
    """Energy at each frequency: each window counts by its share of it, so that a faint one does too."""
    windows = np.lib.stride_tricks.sliding_window_view(segment, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    angles = np.outer(np.arange(_WINDOW), group) * 2 * np.pi / RATE
    powers = np.abs(windows @ np.exp(-1j * angles)) ** 2
    return np.asarray((powers / (powers.sum(axis=1, keepdims=True) + 1e-9)).sum(axis=0))


def _spectrum(segment: Floats) -> Floats:
    """The shape of the spectrum in the tones' band, whatever its level; silence has none."""
    segment = np.pad(segment, (0, max(0, _LONG - len(segment))))
    windows = np.lib.stride_tricks.sliding_window_view(segment, _LONG)[::_LONG_HOP] * np.hanning(_LONG)
    power = (np.abs(np.fft.rfft(windows, _POINTS)) ** 2)[:, _BAND].sum(axis=0)
    total = power.sum()
    return np.asarray(np.sqrt(power / total) if total > 0 else np.zeros_like(power))


def _learnt(spectra: Floats, keys: Sequence[str]) -> tuple[Floats, Floats]:
    """Softmax regression by gradient descent with momentum."""
    truth = np.eye(len(DIGITS))[[DIGITS.index(key) for key in keys]]
    weights, bias = np.zeros((spectra.shape[1], len(DIGITS))), np.zeros(len(DIGITS))
    speed = np.zeros_like(weights)
    for _ in range(_N_STEPS):
        odds = np.exp(spectra @ weights + bias)
        error = (odds / odds.sum(axis=1, keepdims=True) - truth) / len(keys)
        speed = 0.9 * speed - 5.0 * (spectra.T @ error + 1e-5 * weights)
        weights += speed
        bias -= 0.5 * error.sum(axis=0)
    return weights, bias
