"""The meter by the vectors of EBU Tech 3341 v4, table 1, made here as the table describes them."""

from math import inf, pi

import numpy as np
import pytest

from pbx.media.bs1770 import Samples, integrated, k_weighted, true_peak

RATE = 48_000


def sine(
    level_db: float, seconds: float, hz: float = 1000.0, phase: float = 0.0, rate: int = RATE
) -> Samples:
    t = np.arange(round(rate * seconds)) / rate
    return (10 ** (level_db / 20) * np.sin(2 * pi * hz * t + phase)).astype(np.float32)


def stereo(*parts: tuple[float, float]) -> Samples:
    one = np.concatenate([sine(level, seconds) for level, seconds in parts])
    return np.column_stack([one, one])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
    ids=["case 1", "case 2", "case 3", "case 4", "case 5"],
)
def test_integrated_loudness(parts: list[tuple[float, float]], expected: float) -> None:
    assert integrated(stereo(*parts), RATE) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("level", "divisor", "degrees", "expected"),
    [
        (-6.0206, 4, 0, -6.0),
        (-6.0206, 4, 45, -6.0),
        (-6.0206, 6, 60, -6.0),
        (-6.0206, 8, 67.5, -6.0),
        (3, 4, 45, 3.0),
    ],
    ids=["case 15", "case 16", "case 17", "case 18", "case 19"],
)
def test_true_peak(level: float, divisor: int, degrees: float, expected: float) -> None:
    samples = sine(level, 1, RATE / divisor, degrees * pi / 180)
    fade = np.minimum(1, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 480)
    assert -0.4 <= true_peak((samples * fade).astype(np.float32)) - expected <= 0.2


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_a_sine_in_one_channel_at_any_rate(rate: int) -> None:
    """BS.1770-5 Annex 1: 997 Hz at 0 dBFS in one channel reads -3.01 LUFS."""
    assert integrated(sine(0, 5, 997, rate=rate), rate) == pytest.approx(-3.01, abs=0.1)


def test_the_curve() -> None:
    """Low sounds count less, high ones more: BS.1770-5 Annex 1, figures 2 and 4."""
    gains = []
    for hz in (40.0, 100.0, 500.0, 1000.0, 10_000.0):
        heard = k_weighted(sine(0, 2, hz), RATE)[RATE:]
        gains.append(float(10 * np.log10(np.mean(np.square(heard)) / 0.5)))
    assert gains == pytest.approx([-5.6, -1.1, 0.05, 0.69, 4.0], abs=0.3)


def test_segments_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(1).standard_normal(40_000).astype(np.float32)
    whole = k_weighted(noise, 8000)
    monkeypatch.setattr("pbx.media.bs1770._SEGMENT", 7001)
    assert np.allclose(k_weighted(noise, 8000), whole, atol=1e-6)


def test_a_word_shorter_than_a_block_and_nothing() -> None:
    assert integrated(sine(-20, 0.2), RATE) == pytest.approx(-23.0, abs=0.3)
    assert integrated(np.zeros(0, np.float32), RATE) == -inf
    assert integrated(np.zeros(RATE, np.float32), RATE) == -inf
    assert true_peak(np.zeros(0, np.float32)) == -inf
