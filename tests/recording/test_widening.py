"""8 kHz at 16 kHz: the old samples stay, the new ones lie on the same curve."""

import numpy as np
import pytest

from pbx.recording.widening import REACH, Samples, widen

NONE = np.empty(0, np.int16)


def tone(hz: float, n: int, rate: int = 8000) -> Samples:
    return (10_000 * np.sin(2 * np.pi * hz * np.arange(n) / rate)).astype(np.int16)


@pytest.mark.requirement("R-06")
@pytest.mark.parametrize(("hz", "most"), [(300, 5), (1000, 5), (3000, 100)])
def test_a_tone_is_the_same_tone_with_every_old_sample(hz: float, most: float) -> None:
    narrow = tone(hz, 800)
    wide = widen(narrow, NONE, NONE)
    assert np.array_equal(wide[::2], narrow)
    inner = slice(4 * REACH, -4 * REACH)
    assert np.abs(wide[inner].astype(int) - tone(hz, 1600, 16_000)[inner]).max() <= most


def test_pieces_with_their_neighbours_are_the_whole() -> None:
    narrow = tone(700, 480)
    pieces = [
        widen(narrow[at : at + 160], narrow[max(0, at - REACH) : at], narrow[at + 160 : at + 160 + REACH])
        for at in (0, 160, 320)
    ]
    assert np.array_equal(np.concatenate(pieces), widen(narrow, NONE, NONE))


def test_nothing_and_the_loudest_square_are_no_trouble() -> None:
    assert len(widen(NONE, NONE, NONE)) == 0
    square = np.array([-32768, 32767] * 40, np.int16).repeat(2)
    assert np.array_equal(widen(square, NONE, NONE)[::2], square)
