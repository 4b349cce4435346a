"""Pixels of a lane at known places: silence, a loud part, hatched gaps."""

import numpy as np
import pytest

from pbx.recording.picture import ink
from pbx.recording.picture.canvas import (
    EDGE,
    EDGE_TOP,
    HEIGHT,
    QUIETEST,
    draw_ground,
    draw_wave,
    loudness,
    swatch,
)
from pbx.recording.picture.ink import Colour, Floats
from pbx.recording.picture.peaks import Outline
from pbx.recording.picture.scene import LEFT, PLOT, WIDTH, Hole, Lane

TOP = 10
MIDDLE = TOP + HEIGHT // 2


def outline(*levels: float) -> Outline:
    """Columns of a square wave of these levels on channel 1, silence on channel 2."""
    high = np.array([[level, 0.0] for level in levels], np.float32).reshape(-1, 2)
    return Outline(-high, high, high * np.float32(0.5))


def drawn(sound: Outline, *holes: Hole) -> Floats:
    canvas = np.full((HEIGHT + 40, WIDTH, 3), ink.PAPER, np.float32)
    lane = Lane(channel=1, names=(), strips=(), holes=holes)
    draw_ground(canvas, lane, TOP, [])
    draw_wave(canvas, lane, TOP, sound)
    return canvas


def at(canvas: Floats, column: int, y: int) -> Colour:
    red, green, blue = (round(float(part)) for part in canvas[y, LEFT + column])
    return red, green, blue


def test_loud_and_silent_parts() -> None:
    canvas = drawn(outline(0.5, 0.0))
    loud, silent = PLOT // 4, 3 * PLOT // 4
    assert at(canvas, loud, MIDDLE) == ink.BLUE
    assert at(canvas, loud, TOP + 20) == ink.shade(ink.BLUE, 0.5)  # a peak, above the effective value
    assert at(canvas, loud, TOP + 3) == ink.GROUND
    assert at(canvas, silent, MIDDLE + 20) == at(canvas, silent, MIDDLE - 20) == ink.GROUND
    assert at(canvas, silent, MIDDLE) != ink.GROUND  # silence that was sent is a line


def test_quiet_sound_is_not_made_loud() -> None:
    assert loudness(outline(QUIETEST / 10)) == QUIETEST
    assert loudness(outline(QUIETEST * 2)) == pytest.approx(QUIETEST * 2)
    canvas = drawn(outline(QUIETEST / 10))
    assert at(canvas, 5, MIDDLE - 20) == ink.GROUND


def test_a_hole_is_hatched_and_has_no_line_of_silence() -> None:
    hole = Hole(100, 200, "loss")
    canvas = drawn(outline(0.5, *([0.0] * 99)), hole)
    box = canvas[TOP : TOP + HEIGHT, LEFT + 100 : LEFT + 200].reshape(-1, 3)
    redness = box[:, 0] - box[:, 2]
    assert (redness > 100).mean() > 0.1  # lines
    assert (redness < 40).mean() > 0.3  # and what lies between them
    assert not (np.rint(box) == ink.BLUE).all(axis=1).any()
    assert at(canvas, 150, TOP + HEIGHT + EDGE_TOP + EDGE // 2) == ink.RED
    assert at(canvas, 250, TOP + HEIGHT + EDGE_TOP + EDGE // 2) == ink.GROUND


def test_the_shortest_gap_is_seen_below_the_lane() -> None:
    for column in (0, 700, PLOT - 1):
        canvas = drawn(outline(*([0.5] * 100)), Hole(column, column + 1, "loss"))
        strip = canvas[TOP + HEIGHT + EDGE_TOP + 1, LEFT : LEFT + PLOT]
        assert (strip == ink.RED).all(axis=1).sum() == 2
        assert at(canvas, column, MIDDLE) == ink.BLUE  # what is heard in its column is drawn over it


def test_no_sound_at_all() -> None:
    canvas = drawn(outline())
    assert at(canvas, 700, MIDDLE) == ink.GROUND


def test_a_swatch_shows_the_hatch() -> None:
    piece = swatch("secure", 40, 20)
    assert piece.shape == (20, 40, 3)
    assert (piece == ink.PURPLE).all(axis=2).any()
