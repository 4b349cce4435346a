"""Colours and hatches: nobody has to tell two causes apart by colour alone."""

from itertools import combinations
from typing import get_args

import numpy as np

from pbx.recording.gaps import GapCause
from pbx.recording.picture.ink import HATCHES, PAPER, RED, shade


def grid(cause: GapCause) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    y, x = np.mgrid[0:48, 0:48].astype(np.float32)
    return HATCHES[cause].pattern(x, y)


def test_every_cause_has_a_hatch_that_shows() -> None:
    assert set(HATCHES) == set(get_args(GapCause))
    for cause in HATCHES:
        shares = grid(cause)
        assert shares.shape == (48, 48)
        assert (shares.min(), shares.max()) == (0.0, 1.0)
        assert 0.02 < shares.mean() < 0.5


def test_patterns_differ_where_the_colour_is_the_same() -> None:
    for one, two in combinations(HATCHES, 2):
        if HATCHES[one].colour == HATCHES[two].colour:
            assert np.abs(grid(one) - grid(two)).mean() > 0.02, (one, two)


def test_shade() -> None:
    assert shade(RED, 1.0) == RED
    assert shade(RED, 0.0) == PAPER
    assert shade((0, 0, 0), 0.5, (100, 200, 0)) == (50, 100, 0)
