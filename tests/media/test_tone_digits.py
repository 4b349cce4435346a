"""A made digit: its two frequencies, levels, edges and limits."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.media.dtmf import DIGITS
from pbx.media.tone_digits import MAX_PAUSE_MS, MAX_TONE_MS, MIN_TONE_MS, TONES, amplitude, digit_pcm


def samples(pcm: bytes) -> NDArray[np.float64]:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def peak_at(tone: NDArray[np.float64], hz: float, rate: int) -> float:
    """Amplitude of one frequency, by a projection on it."""
    turn = np.exp(-2j * np.pi * hz * np.arange(len(tone)) / rate)
    return float(2 * abs(np.dot(tone, turn)) / len(tone))


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("key", DIGITS)
def test_the_pair_sounds_at_its_levels(key: str, rate: int) -> None:
    pcm = samples(digit_pcm(key, 1000, 0, rate, low_dbm0=-12, high_dbm0=-10))
    middle = pcm[rate // 10 : -rate // 10]
    for hz, level in zip(TONES[key], (-12, -10), strict=True):
        assert peak_at(middle, hz, rate) == pytest.approx(amplitude(level), rel=0.01)
    rest = np.mean(middle**2) - (amplitude(-12) ** 2 + amplitude(-10) ** 2) / 2
    assert abs(rest) < 0.02 * np.mean(middle**2)


def test_every_key_has_its_own_pair() -> None:
    assert set(TONES) == set(DIGITS)
    assert len(set(TONES.values())) == 16
    assert TONES["1"] == (697, 1209) and TONES["D"] == (941, 1633) and TONES["0"] == (941, 1336)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_tone_and_pause_last_what_was_asked(rate: int) -> None:
    pcm = samples(digit_pcm("5", 70, 30, rate))
    assert len(pcm) == rate // 10
    assert not pcm[70 * rate // 1000 :].any()


def test_edges_rise_slowly() -> None:
    pcm = np.abs(samples(digit_pcm("5", 100, 0)))
    assert pcm[:4].max() < 0.02 * pcm.max()
    assert pcm[-4:].max() < 0.02 * pcm.max()
    assert np.mean(pcm[10:30]) < 0.6 * np.mean(pcm[40:400])


def test_limits() -> None:
    assert digit_pcm("1", MIN_TONE_MS, 0)
    assert digit_pcm("1", MAX_TONE_MS, MAX_PAUSE_MS)
    for duration_ms, pause_ms in (
        (MIN_TONE_MS - 1, 0),
        (MAX_TONE_MS + 1, 0),
        (50, MAX_PAUSE_MS + 1),
        (50, -1),
    ):
        with pytest.raises(ValueError, match="lasts"):
            digit_pcm("1", duration_ms, pause_ms)


@pytest.mark.parametrize("key", ["", "E", "12", "a"])
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="DTMF digit"):
        digit_pcm(key)


def test_other_rates_and_clipping_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="8000 or 16000"):
        digit_pcm("1", rate=48000)
    with pytest.raises(ValueError, match="clip"):
        digit_pcm("1", low_dbm0=-2.0, high_dbm0=-2.0)
    assert digit_pcm("1", low_dbm0=-3.0, high_dbm0=-3.0)
