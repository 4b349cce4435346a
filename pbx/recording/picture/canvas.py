"""Waves and hatches of a lane on an array of pixels, with soft edges."""

import numpy as np
from numpy.typing import NDArray

from pbx.recording.gaps import GapCause
from pbx.recording.picture import ink
from pbx.recording.picture.ink import HATCHES, Colour, Floats, shade
from pbx.recording.picture.peaks import Outline
from pbx.recording.picture.scene import LEFT, PLOT, Hole, Lane

HEIGHT = 200  # pixels of a lane
EDGE_TOP, EDGE = 3, 9  # the strip below a lane in which even the shortest gap is seen
QUIETEST = 0.03  # -30 dBFS: quieter sound is not magnified to fill its lane
_MARGIN = 8  # pixels between the loudest peak and the edge of the lane
_WIDE = 6  # columns of a hole in which a hatch can be seen; a narrower one is filled
_SEEN = 2  # columns of the shortest gap in the strip
_TINT, _HATCH, _FILL = 0.10, 0.65, 0.35
_SILENT = 0.0006  # a column no higher than this has no sound: G.711 has no zero
_THIN = 0.7  # half the pixels of a line of silence


def loudness(outline: Outline) -> float:
    """Return the value that fills a lane's height, the same for both lanes."""
    return max(outline.loudest, QUIETEST)


def draw_ground(canvas: Floats, lane: Lane, top: int, columns: list[int]) -> None:
    """Lay the ground of a lane, its grid at `columns`, and its holes with the strip below."""
    lane_box = canvas[top : top + HEIGHT, LEFT : LEFT + PLOT]
    strip_top = top + HEIGHT + EDGE_TOP
    strip = canvas[strip_top : strip_top + EDGE, LEFT : LEFT + PLOT]
    lane_box[:], strip[:] = ink.GROUND, ink.GROUND
    lane_box[:, columns] = ink.LINE
    for hole in lane.holes:
        _hatch(lane_box[:, hole.x : hole.end], hole, top)
        first = min(hole.x, PLOT - _SEEN)
        strip[:, first : max(hole.end, first + _SEEN)] = HATCHES[hole.cause].colour


def draw_wave(canvas: Floats, lane: Lane, top: int, outline: Outline) -> None:
    """Draw peaks and, darker, effective values; a hole without sound stays as it is."""
    box = canvas[top : top + HEIGHT, LEFT : LEFT + PLOT]
    if outline.n_columns == 0:
        return
    at = np.arange(PLOT) * outline.n_columns // PLOT
    full = loudness(outline)
    low, high, rms = (part[at, lane.channel - 1] / full for part in (outline.low, outline.high, outline.rms))
    is_hole = np.zeros(PLOT, bool)
    for hole in lane.holes:
        is_hole[hole.x : hole.end] = True
    seen = ~(is_hole & ((high - low) * full < _SILENT))
    voice = ink.voice(lane.channel)
    # A column reaches to the one before it, so that the line of a slow wave does not break.
    reach = np.minimum(low[1:], high[:-1]), np.maximum(high[1:], low[:-1])
    low, high = np.concatenate((low[:1], reach[0])), np.concatenate((high[:1], reach[1]))
    _blend(box, _covered(low, high) * seen, shade(voice, 0.5))
    _blend(box, _covered(np.maximum(-rms, low), np.minimum(rms, high)) * seen, voice)


def _covered(low: Floats, high: Floats) -> Floats:
    """Return which share of each pixel lies between two values of its column, -1 at the bottom, 1 on top."""
    half = HEIGHT / 2
    reach = half - _MARGIN
    y = np.arange(HEIGHT, dtype=np.float32).reshape(-1, 1)
    above, below = half - high * reach - _THIN, half - low * reach + _THIN
    share: Floats = np.clip(np.minimum(y + 1, below) - np.maximum(y, above), 0, 1).astype(np.float32)
    return share


def _hatch(box: Floats, hole: Hole, top: int) -> None:
    style = HATCHES[hole.cause]
    if hole.end - hole.x < _WIDE:
        _blend(box, np.full(box.shape[:2], _FILL, np.float32), style.colour)
        return
    y, x = np.mgrid[top : top + HEIGHT, hole.x : hole.end].astype(np.float32)
    _blend(box, np.maximum(_TINT, _HATCH * style.pattern(x, y)), style.colour)


def swatch(cause: GapCause, width: int, height: int) -> NDArray[np.uint8]:
    """Return a piece of a hole for the legend."""
    box = np.full((height, width, 3), ink.PAPER, np.float32)
    style = HATCHES[cause]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    _blend(box, np.maximum(_TINT, style.pattern(x, y)), style.colour)
    return np.rint(box).astype(np.uint8)


def _blend(box: Floats, share: Floats, colour: Colour) -> None:
    weight = share[:, :, np.newaxis]
    box[:] = box * (1 - weight) + np.array(colour, np.float32) * weight
