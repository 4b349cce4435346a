"""What happened during a recording in a few words each, placed so that no label covers another.

Labels are flags at the top of stems: the earlier one of two that are near is the higher one, so that no stem
crosses a label.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.recording.gaps import MOVED
from pbx.recording.own_channels import LEFT, SEATED, TAKEN
from pbx.recording.picture.parties import Event

Sort = Literal["consent", "party", "order", "other"]
MAX_TEXT = 40  # characters of a label; the whole story is in the manifest
MAX_TOGETHER = 3  # events of one place that are named
N_ROWS = 5
PAD = 8  # pixels between stem and text, and between two texts at least
NEAR = 4  # pixels within which events share a stem
Measure = Callable[[str], float]

# What hatching and lanes show already needs no mark.
_SILENT = ("gate", "format", TAKEN, LEFT, SEATED)
_SORTS: Mapping[str, Sort] = {
    "consent": "consent",
    "party": "party",
    "watcher": "party",
    "bridge": "party",
    "unbridge": "party",
    "pause": "order",
    "secure": "order",
    "hold": "order",
    "fax": "order",
}
_WORDS: Mapping[str, str] = {
    "bridge": "connected",
    "unbridge": "parted",
    "secure": "secure entry",
    MOVED: "follows the other leg",
    "recording.continues": "goes on after a break",
    "ring.dropped": "packets dropped",
}
_ENDS = ("false", "ends")  # what a switch's detail `on` or `what` says when it goes off


@dataclass(frozen=True, slots=True)
class Mark:
    """Events of one column `x`, in words."""

    x: int
    text: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Flag:
    """A mark with its label: `left` pixel of the text in `row` (0 = lowest), None = a stem without label."""

    mark: Mark
    left: float
    row: int | None


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    row: int
    stem: int


def words(event: Event) -> str:
    """Return what happened in one or two words, "" for what needs no mark."""
    if event.kind in _SILENT:
        return ""
    details = event.details
    family, _, what = event.kind.partition(".")
    party = details.get("party", "").rpartition("/")[2]  # 1009 of extension/acme/1009
    if event.kind in _WORDS or not (what and party):
        text = _WORDS.get(event.kind, event.kind)
    else:
        text = f"consent: {what}" if family == "consent" else f"{party} {what}"
    ends = details.get("on", details.get("what", "")) in _ENDS
    return clean(text)[:MAX_TEXT] + (" ends" if ends else "")


def clean(text: str) -> str:
    """Return printable ASCII: the font of the picture has no other signs."""
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text)


def marks(events: Iterable[Event], column: Callable[[int], int]) -> list[Mark]:
    """Return a mark per place, from left to right; `column` gives the pixel of a millisecond."""
    out: list[tuple[int, list[str], Sort]] = []
    told = ((column(event.at_ms), words(event), _sort(event)) for event in events)
    for x, text, sort in sorted((one for one in told if one[1]), key=lambda one: one[0]):
        if out and x - out[-1][0] <= NEAR:
            out[-1][1].append(text)
        else:
            out.append((x, [text], sort))
    return [Mark(x, _together(texts), sort) for x, texts, sort in out]


def place(found: Iterable[Mark], width: int, measure: Measure) -> list[Flag]:
    """Return a flag for every mark, from right to left; labels keep inside `width`."""
    boxes: list[_Box] = []
    flags: list[Flag] = []
    for mark in sorted(found, key=lambda mark: -mark.x):
        length = measure(mark.text)
        sides = (mark.x + PAD, mark.x - PAD - length)
        places = (_Box(left, left + length, row, mark.x) for left in sides for row in range(N_ROWS))
        fits = (box for box in places if box.left >= 0 and box.right <= width and _is_free(box, boxes))
        box = next(fits, None)
        if box is not None:
            boxes.append(box)
        flags.append(Flag(mark, 0.0 if box is None else box.left, None if box is None else box.row))
    return flags


def _sort(event: Event) -> Sort:
    return _SORTS.get(event.kind.partition(".")[0], "other")


def _together(texts: list[str]) -> str:
    named = list(dict.fromkeys(texts))
    more = len(named) - MAX_TOGETHER
    return ", ".join(named[:MAX_TOGETHER]) + (f" +{more}" if more > 0 else "")


def _is_free(box: _Box, others: Iterable[_Box]) -> bool:
    return not any(_clash(box, other) for other in others)


def _clash(box: _Box, other: _Box) -> bool:
    """Whether two labels touch, or a stem crosses the other's label."""
    if box.row == other.row:
        return box.left < other.right + PAD and other.left < box.right + PAD
    low, high = (box, other) if box.row < other.row else (other, box)
    return low.left - PAD < high.stem < low.right + PAD
