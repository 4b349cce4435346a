"""Level, channels, DC and peaks of a prompt."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.media.bs1770 import integrated, true_peak
from pbx.media.loudness import (
    PEAK_LIMIT,
    SILENT_LUFS,
    TARGET_LUFS,
    Samples,
    amplified,
    gain_to_target,
    limited,
    one_channel,
    without_dc,
)

RATE = 8000


def sine(hz: float, amplitude: float = 0.1, seconds: float = 1.0) -> Samples:
    t = np.arange(int(RATE * seconds)) / RATE
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def noise(rms: float, seconds: float = 1.0, seed: int = 1) -> Samples:
    return (rms * np.random.default_rng(seed).standard_normal(int(RATE * seconds))).astype(np.float32)


def db(ratio: float) -> float:
    return float(20 * np.log10(ratio))


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def test_two_equal_channels_are_one() -> None:
    voice = sine(440)
    assert np.allclose(one_channel(np.column_stack([voice, voice])), voice, atol=1e-7)


@pytest.mark.parametrize("lag", [0, 1])
def test_opposite_channels_do_not_vanish(lag: int) -> None:
    voice = sine(440)
    mono = one_channel(np.column_stack([voice, -0.9 * np.roll(voice, lag)]))
    assert db(rms(mono) / rms(voice)) == pytest.approx(0, abs=0.1)


def test_a_voice_on_one_side_and_unlike_channels_are_mixed() -> None:
    voice, other = noise(0.1), noise(0.1, seed=2)
    assert np.allclose(one_channel(np.column_stack([voice, 0 * voice])), voice / 2)
    assert np.allclose(one_channel(np.column_stack([voice, other])), (voice + other) / 2, atol=1e-7)


@pytest.mark.parametrize("offset", [0.3, -0.01])
def test_dc_and_drift_go_and_the_voice_stays(offset: float) -> None:
    voice = sine(300)
    drift = offset + sine(0.5, 0.1)
    clean = without_dc(voice + drift, RATE)
    assert abs(float(clean.mean())) < 1e-4
    assert db(rms(clean[400:-400]) / rms(voice)) == pytest.approx(0, abs=0.3)
    assert abs(float(without_dc(np.full(10, 0.5, np.float32), RATE).max())) < 1e-6


def test_pauses_and_room_noise_do_not_count() -> None:
    spoken = noise(0.05, 2)
    room = noise(0.0008, 6)
    both = integrated(np.concatenate([spoken, room]), RATE, SILENT_LUFS)
    assert both == pytest.approx(integrated(spoken, RATE), abs=0.5)
    assert integrated(room, RATE, SILENT_LUFS) == -inf
    assert gain_to_target(room, RATE) == 1.0


def test_a_word_shorter_than_a_block_counts() -> None:
    word = sine(1000, 0.1, 0.05)
    assert db(gain_to_target(word, RATE)) == pytest.approx(3.0, abs=0.5)


def test_the_limiter_leaves_quiet_samples_alone_and_never_clips() -> None:
    quiet = sine(440, 0.5)
    assert limited(quiet, RATE) is quiet
    loud = sine(440, 0.2)
    loud[4000] = 3.0
    safe = limited(loud, RATE)
    assert float(np.abs(safe).max()) <= PEAK_LIMIT
    assert np.allclose(safe[:3900], loud[:3900], atol=1e-6)
    assert np.allclose(safe[4100:], loud[4100:], atol=1e-6)
    steps = np.abs(np.diff(safe[3990:4000] / loud[3990:4000]))  # the gain slides, it does not jump
    assert float(steps[np.isfinite(steps)].max()) < 0.05


@given(st.floats(0.002, 3), st.floats(1, 12), st.integers(0, 9))
def test_level_within_a_decibel_whatever_comes(level: float, crest: float, seed: int) -> None:
    """Noise bursts of any level with peaks far above it, as plosives are."""
    samples = noise(level, 2, seed)
    samples[::997] *= crest
    loud = amplified(samples, gain_to_target(samples, RATE), RATE)
    assert integrated(loud, RATE) == pytest.approx(TARGET_LUFS, abs=1)
    assert float(np.abs(loud).max()) <= PEAK_LIMIT
    assert true_peak(loud) <= db(PEAK_LIMIT) + 0.5


def test_silence_stays_silence() -> None:
    assert gain_to_target(np.zeros(8000, np.float32), RATE) == 1.0
    assert gain_to_target(noise(0.0005), RATE) == 1.0
