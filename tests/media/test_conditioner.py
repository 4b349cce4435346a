"""The conditioner: noise goes, a quiet voice rises, and the voice stays what it was."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.core.audio import Treatment
from pbx.media.conditioner import Conditioner

SECONDS, FRAME_S = 8.0, 0.02
Floats = NDArray[np.float64]


def spoken(rate: int, level: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a voiced syllable every 0.45 s with a noise at -50 dBFS, and where there is only the noise."""
    t = np.arange(int(rate * SECONDS)) / rate
    beat = np.sin(2 * np.pi * 1.1 * t)
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * t)) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 20)) * np.clip(beat, 0, 1)
    noise = np.random.default_rng(1).standard_normal(len(t))
    return voice / np.abs(voice).max() * level + noise * 0.003, beat < -0.2


def treated(samples: Floats, rate: int, *treatment: Treatment) -> Floats:
    conditioner, size = Conditioner(treatment, rate), int(rate * FRAME_S) * 2
    pcm = (samples * 32767).astype("<i2").tobytes()
    out = [conditioner.feed(pcm[at : at + size]) for at in range(0, len(pcm), size)]
    assert {len(one) for one in out} == {size}
    return np.frombuffer(b"".join(out), "<i2") / 32767


def level_db(samples: Floats, where: NDArray[np.bool_]) -> float:
    """Of the second half: by then the processor has learned."""
    half = slice(len(where) // 2, None)
    return float(10 * np.log10(np.mean(np.square(samples[half][where[half]])) + 1e-12))


@pytest.mark.requirement("MED-13")
@pytest.mark.parametrize("rate", [8000, 16000])
def test_noise_is_taken_away_and_the_voice_left(rate: int) -> None:
    said, pause = spoken(rate, 0.3)
    heard = treated(said, rate, "denoise")
    assert level_db(said, pause) - level_db(heard, pause) > 9
    assert abs(level_db(said, ~pause) - level_db(heard, ~pause)) < 2.5


@pytest.mark.requirement("MED-13")
@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_quiet_voice_is_raised_and_with_both_its_noise_is_not(rate: int) -> None:
    said, pause = spoken(rate, 0.03)
    heard = treated(said, rate, "agc", "denoise")
    assert level_db(heard, ~pause) - level_db(said, ~pause) > 4
    assert level_db(heard, pause) < level_db(said, pause)


def test_silence_stays_silent() -> None:
    assert not np.any(treated(np.zeros(16000), 16000, "agc", "denoise"))
