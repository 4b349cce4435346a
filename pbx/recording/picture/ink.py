"""Colours and hatches: each cause has both, so that nobody needs to tell colours apart.

The colours are those of M. Okabe and K. Ito, which people with any kind of colour vision can tell apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pbx.recording.gaps import GapCause
from pbx.recording.picture.marks import Sort

Colour = tuple[int, int, int]
Floats = NDArray[np.float32]
Pattern = Callable[[Floats, Floats], Floats]

PAPER: Colour = (255, 255, 255)
TEXT: Colour = (33, 37, 41)
QUIET: Colour = (108, 117, 125)
LINE: Colour = (222, 226, 230)
GROUND: Colour = (247, 248, 250)
BLACK, ORANGE, SKY = (40, 40, 40), (230, 159, 0), (86, 180, 233)
GREEN, BLUE, RED, PURPLE = (0, 158, 115), (0, 114, 178), (213, 94, 0), (204, 121, 167)
GREY = (150, 158, 166)
VOICES = (BLUE, GREEN)  # of channel 1 and 2, and of the further ones by turns
SORTS: Mapping[Sort, Colour] = {"consent": GREEN, "party": BLUE, "order": ORANGE, "other": QUIET}
_PERIOD = 12.0  # pixels from one line of a hatch to the next


@dataclass(frozen=True, slots=True)
class Hatch:
    """The colour of a cause and its pattern: x, y in pixels -> share of the colour, 0 to 1."""

    colour: Colour
    pattern: Pattern


def _stripes(along: Floats) -> Floats:
    """Lines two pixels wide with soft edges."""
    away = np.abs(np.mod(along, _PERIOD) - _PERIOD / 2)
    return np.clip(1.5 - away, 0.0, 1.0).astype(np.float32)


def _dots(x: Floats, y: Floats) -> Floats:
    """Round dots, one per period in both directions."""
    across, down = (np.mod(along, _PERIOD) - _PERIOD / 2 for along in (x, y))
    return np.clip(2.4 - np.hypot(across, down), 0.0, 1.0).astype(np.float32)


HATCHES: Mapping[GapCause, Hatch] = {
    "silence": Hatch(GREY, _dots),
    "noise": Hatch(GREY, lambda x, y: _dots((x + y) * 0.75, (x - y) * 0.75)),
    "event": Hatch(BLACK, _dots),
    "hold": Hatch(SKY, lambda x, y: _stripes(y + 0 * x)),
    "absent": Hatch(GREY, lambda x, y: _stripes((y + 0 * x) * 0.5)),
    "gate": Hatch(BLACK, lambda x, y: _stripes(x - y)),
    "secure": Hatch(PURPLE, lambda x, y: _stripes(x + y)),
    "pause": Hatch(ORANGE, lambda x, y: _stripes(x + 0 * y)),
    "worker_lost": Hatch(RED, lambda x, y: _stripes(x - y)),
    "worker_drained": Hatch(RED, lambda x, y: _stripes(x + 0 * y)),
    "undecodable": Hatch(BLACK, lambda x, y: np.maximum(_stripes(x + 0 * y), _stripes(y + 0 * x))),
    "loss": Hatch(RED, lambda x, y: np.maximum(_stripes(x + y), _stripes(x - y))),
}


def voice(channel: int) -> Colour:
    """Return the colour of a channel, counted from 1."""
    return VOICES[(channel - 1) % len(VOICES)]


def shade(colour: Colour, share: float, ground: Colour = PAPER) -> Colour:
    """Return a colour of which only `share` (0 to 1) lies on the ground."""
    red, green, blue = (round(g + (c - g) * share) for c, g in zip(colour, ground, strict=True))
    return red, green, blue
