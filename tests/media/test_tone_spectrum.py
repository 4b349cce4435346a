"""What makes up 40 ms of audio: one tone, a pair that is looked for, or neither."""

import numpy as np
import pytest

from pbx.media.tone_spectrum import MIN_LEVEL_DBM0, SILENT_DBM0, Hz, ToneSpectrum, level_dbm0
from tests.media.sounds import Samples, noise, pcm16, silence, sine

PAIR = (480.0, 620.0)


def look(samples: Samples, *pairs: Hz) -> tuple[float, Hz]:
    """Return what a spectrum says of the last of two frames."""
    pcm = pcm16(samples)
    spectrum = ToneSpectrum(pairs)
    spectrum.look(pcm[:320])
    found = spectrum.look(pcm[320:640])
    return found.level_dbm0, found.hz


@pytest.mark.parametrize("hz", [310, 425, 950, 1100, 1400, 2100, 3000, 3390])
def test_a_lone_tone_is_told_to_a_hertz(hz: float) -> None:
    level, found = look(sine(hz + 0.3, 40))
    assert len(found) == 1
    assert abs(found[0] - hz - 0.3) < 1
    assert abs(level + 15) < 0.3


@pytest.mark.parametrize("hz", [200, 270, 3450])
def test_a_tone_outside_the_telephone_band_is_none(hz: float) -> None:
    assert look(sine(hz, 40))[1] == ()


def test_a_pair_is_told_where_it_is_looked_for() -> None:
    both = sine(480, 40) + sine(620, 40)
    assert look(both)[1] == ()
    assert look(both, PAIR)[1] == PAIR
    assert look(both + noise(40, -27), PAIR)[1] == PAIR
    assert look(sine(480, 40) + sine(620, 40, -26), PAIR)[1] == ()  # 11 dB apart
    assert look(sine(350, 40) + sine(440, 40), PAIR)[1] == ()


def test_a_tone_with_its_harmonic_is_none() -> None:
    assert look(sine(400, 40) + sine(800, 40, -18))[1] == ()


def test_noise_is_no_tone_and_hides_one() -> None:
    assert look(noise(40, -15))[1] == ()
    assert len(look(sine(1400, 40, -15) + noise(40, -27))[1]) == 1
    assert look(sine(1400, 40, -15) + noise(40, -16))[1] == ()


def test_the_softest_tone() -> None:
    assert len(look(sine(1100, 40, MIN_LEVEL_DBM0 + 0.5))[1]) == 1
    assert look(sine(1100, 40, MIN_LEVEL_DBM0 - 0.5))[1] == ()


def test_silence_has_a_level_too() -> None:
    assert look(silence(40)) == (SILENT_DBM0, ())
    assert level_dbm0(float(np.mean(sine(1000, 1000, -10) ** 2))) == pytest.approx(-10, abs=0.1)
