"""The beep of a recording: tone, level and timing, at both sample rates."""

import numpy as np
import pytest

from pbx.media.beeper import FRAME_MS, PEAK, PEAK_DBM0, Beeper, mixed
from pbx.media.effects import Beep

BEEP = Beep(hz=1400, on_ms=200, every_ms=1000)


def heard(beeper: Beeper, length_ms: int, rate: int = 8000) -> bytes:
    size = 2 * rate * FRAME_MS // 1000
    return b"".join(beeper.frame(rate) or bytes(size) for _ in range(length_ms // FRAME_MS))


def sounds(pcm: bytes, rate: int = 8000) -> list[tuple[int, int]]:
    """Return when it sounds, in ms: begin and end."""
    frames = np.frombuffer(pcm, "<i2").reshape(-1, rate * FRAME_MS // 1000)
    loud = [bool(frame.any()) for frame in frames]
    edges = [n for n, (a, b) in enumerate(zip([False, *loud], [*loud, False], strict=True)) if a != b]
    return [(a * FRAME_MS, b * FRAME_MS) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def level_dbm0(pcm: bytes, hz: float, rate: int = 8000) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(float)
    t = np.arange(len(samples)) / rate
    peak = 2 * abs(np.sum(samples * np.exp(-2j * np.pi * hz * t))) / len(samples)
    return float(20 * np.log10(peak / PEAK)) + PEAK_DBM0


@pytest.mark.requirement("R-22")
@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_beep_sounds_at_once_and_again_and_again(rate: int) -> None:
    pcm = heard(Beeper(BEEP), 2500, rate)
    assert sounds(pcm, rate) == [(0, 200), (1000, 1200), (2000, 2200)]
    middle = pcm[2 * rate * 20 // 1000 : 2 * rate * 180 // 1000]
    assert level_dbm0(middle, 1400, rate) == pytest.approx(-20, abs=0.1)


def test_the_first_one_of_a_profile_may_be_longer() -> None:
    beeper = Beeper(Beep(hz=425, on_ms=360, every_ms=2000, first_ms=1000))
    assert sounds(heard(beeper, 4500)) == [(0, 1000), (2000, 2360), (4000, 4360)]


@pytest.mark.requirement("R-22")
def test_who_is_not_kept_hears_none_and_then_one_at_once() -> None:
    beeper = Beeper(Beep(hz=425, on_ms=360, every_ms=2000, first_ms=1000))
    assert sounds(heard(beeper, 500)) == [(0, 500)]
    beeper.is_hushed = True
    assert sounds(heard(beeper, 3000)) == []
    beeper.is_hushed = False
    assert sounds(heard(beeper, 2500)) == [(0, 360), (2000, 2360)]  # it has begun: no first one again


def test_who_was_hushed_from_the_beginning_hears_the_first_one_still() -> None:
    beeper = Beeper(Beep(hz=425, on_ms=360, every_ms=2000, first_ms=1000))
    beeper.is_hushed = True
    assert sounds(heard(beeper, 100)) == []
    beeper.is_hushed = False
    assert sounds(heard(beeper, 1500)) == [(0, 1000)]


def test_the_level_is_the_profiles() -> None:
    pcm = heard(Beeper(Beep(hz=1400, on_ms=200, every_ms=1000, level_dbm0=-10.0)), 200)
    assert level_dbm0(pcm[320:-320], 1400) == pytest.approx(-10, abs=0.1)


def test_a_tone_is_heard_beside_what_is_said() -> None:
    said, tone = np.full(160, 1000, "<i2").tobytes(), np.full(160, 500, "<i2").tobytes()
    assert set(np.frombuffer(mixed(said, tone), "<i2")) == {1500}
    assert (mixed(said, b""), mixed(b"", tone), mixed(b"", b"")) == (said, tone, b"")
    loud = np.full(160, 32700, "<i2").tobytes()
    assert set(np.frombuffer(mixed(loud, tone), "<i2")) == {32767}
