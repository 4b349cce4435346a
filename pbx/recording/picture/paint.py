"""Draws a scene: lanes as in `canvas`, and words by Pillow in the font that comes with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pbx.recording.picture import ink
from pbx.recording.picture.canvas import EDGE, EDGE_TOP, HEIGHT, draw_ground, draw_wave, loudness, swatch
from pbx.recording.picture.ink import shade
from pbx.recording.picture.marks import Flag, Sort
from pbx.recording.picture.peaks import Outline
from pbx.recording.picture.scene import CAUSES, LEFT, PLOT, WIDTH, Entry, Hole, Lane, Scene

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
TOP, MARGIN = 96, 24  # pixels above labels; left of words
TITLE, WORDS, SMALL = 27, 18, 16  # sizes of the font
ROW, LINE = 26, 34  # of labels; of the legend
STRIP = 26  # the parties' names above a lane
APART = 20  # between two lanes
AXIS = 46  # the times below the lanes
_BETWEEN = 44  # pixels between two entries of the legend
_SWATCH = 44, 22
_NAMES = 6  # that fit beside a lane
_HALF = 8  # pixels of a mark's shape around its centre
_SHAPES: Mapping[Sort, tuple[int, int]] = {  # corners and degrees; a disc has no corners
    "consent": (4, 0),
    "party": (0, 0),
    "order": (4, 45),
    "other": (3, 0),
}


@cache
def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def text_width(text: str, size: int = SMALL) -> float:
    """Return the length of a text in pixels."""
    return _font(size).getlength(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where things lie, in pixels from the top."""

    lanes: tuple[int, ...]
    axis: int
    legend: int
    height: int

    @classmethod
    def of(cls, scene: Scene) -> "Frame":
        first = TOP + ROW * scene.n_rows + (ROW // 2 if scene.n_rows else 0) + STRIP
        step = HEIGHT + EDGE_TOP + EDGE + APART + STRIP
        lanes = tuple(first + step * place for place in range(len(scene.lanes)))
        axis = lanes[-1] + HEIGHT + EDGE_TOP + EDGE
        legend = axis + AXIS
        n_lines = len(legend_lines(scene.legend)) + len(scene.notes)
        return cls(lanes=lanes, axis=axis, legend=legend, height=legend + LINE * n_lines + MARGIN)


def legend_lines(entries: tuple[Entry, ...]) -> list[list[Entry]]:
    """Return the entries of the legend in lines that fit below the lanes."""
    lines: list[list[Entry]] = []
    used = 0.0
    for entry in entries:
        length = _entry_width(entry)
        if not lines or used + length > PLOT:
            lines.append([])
            used = 0.0
        lines[-1].append(entry)
        used += length
    return lines


def png(scene: Scene, outline: Outline) -> bytes:
    """Return the picture as a PNG file."""
    file = BytesIO()
    picture = paint(scene, outline).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def paint(scene: Scene, outline: Outline) -> Image.Image:
    """Return the picture."""
    frame = Frame.of(scene)
    canvas = np.full((frame.height, WIDTH, 3), ink.PAPER, np.float32)
    for lane, top in zip(scene.lanes, frame.lanes, strict=True):
        draw_ground(canvas, lane, top, [column for column, _ in scene.ticks])
        draw_wave(canvas, lane, top, outline)
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.text((MARGIN, 20), scene.title, ink.TEXT, _font(TITLE))
    level = f"full height {20 * math.log10(loudness(outline)):.1f} dBFS"
    pen.text((MARGIN, 58), f"{scene.facts}   {level}", ink.QUIET, _font(WORDS))
    _axis(pen, scene, frame)
    for flag in scene.flags:
        _flag(picture, pen, flag, frame)
    for lane, top in zip(scene.lanes, frame.lanes, strict=True):
        _names(pen, lane, top)
    _legend(picture, pen, scene, frame)
    return picture


def _names(pen: ImageDraw.ImageDraw, lane: Lane, top: int) -> None:
    """Say whose lane it is, at its left and, turn by turn, above it; and what its wide holes are."""
    voice = ink.voice(lane.channel)
    pen.text((MARGIN, top), f"channel {lane.channel}", ink.QUIET, _font(SMALL))
    for place, name in enumerate(lane.names[:_NAMES]):
        room = LEFT - 2 * MARGIN
        pen.text((MARGIN, top + 24 + 26 * place), _cut(name, room, WORDS), voice, _font(WORDS))
    for number, strip in enumerate(lane.strips):
        left, right = LEFT + strip.x, LEFT + strip.end - 1
        ground = shade(voice, 0.12 if number % 2 == 0 else 0.24)
        pen.rectangle((left, top - STRIP, right, top - 3), ground)
        name, middle = _cut(strip.party, right - left - 16, SMALL), top - STRIP / 2 - 1
        pen.text((left + 8, middle), name, shade(voice, 0.9, ink.TEXT), _font(SMALL), "lm")
    for hole in lane.holes:
        _cause(pen, hole, top + HEIGHT // 2)


def _cause(pen: ImageDraw.ImageDraw, hole: Hole, middle: int) -> None:
    """Name a hole on a plate in its centre, if there is room."""
    text = CAUSES[hole.cause]
    half = text_width(text) / 2 + 10
    centre = LEFT + (hole.x + hole.end) / 2
    if 2 * half + 8 < hole.end - hole.x:
        plate = (centre - half, middle - 14, centre + half, middle + 14)
        pen.rounded_rectangle(plate, 6, ink.PAPER, ink.HATCHES[hole.cause].colour)
        pen.text((centre, middle), text, ink.TEXT, _font(SMALL), "mm")


def _axis(pen: ImageDraw.ImageDraw, scene: Scene, frame: Frame) -> None:
    for column, time in scene.ticks:
        x = LEFT + column
        pen.line((x, frame.axis, x, frame.axis + 6), ink.QUIET)
        pen.text((x, frame.axis + 12), time, ink.QUIET, _font(SMALL), "ma" if column else "la")


def _flag(picture: Image.Image, pen: ImageDraw.ImageDraw, flag: Flag, frame: Frame) -> None:
    """A stem through all lanes; with a label, in its row above them, the shape of its sort too."""
    colour, x = ink.SORTS[flag.mark.sort], LEFT + flag.mark.x
    foot = frame.lanes[0] - STRIP
    head = foot if flag.row is None else foot - ROW // 2 - flag.row * ROW
    pen.line((x, head, x, frame.axis), shade(colour, 0.8))
    if flag.row is not None:
        picture.paste(colour, (x - _HALF, head - _HALF), _shape(flag.mark.sort))
        pen.text((LEFT + flag.left, head), flag.mark.text, ink.TEXT, _font(SMALL), "lm")


@cache
def _shape(sort: Sort) -> Image.Image:
    """Return a small disc, square, diamond or triangle as a mask, drawn large for soft edges."""
    side = 2 * _HALF + 1
    large = Image.new("L", (8 * side, 8 * side))
    pen = ImageDraw.Draw(large)
    sides, turn = _SHAPES[sort]
    middle, radius = 4 * side, 8 * (_HALF - 1)
    if sides:
        pen.regular_polygon((middle, middle, radius), sides, turn, 255)
    else:
        pen.circle((middle, middle), radius, 255)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def _legend(picture: Image.Image, pen: ImageDraw.ImageDraw, scene: Scene, frame: Frame) -> None:
    y = frame.legend
    for line in legend_lines(scene.legend):
        x = LEFT
        for entry in line:
            picture.paste(Image.fromarray(swatch(entry.cause, *_SWATCH)), (x, y))
            colour, (width, height) = ink.HATCHES[entry.cause].colour, _SWATCH
            pen.rectangle((x, y, x + width - 1, y + height - 1), outline=colour)
            pen.text((x + width + 10, y + height / 2), entry.text, ink.TEXT, _font(SMALL), "lm")
            x += round(_entry_width(entry))
        y += LINE
    for note in scene.notes:
        pen.text((LEFT, y), note, ink.QUIET, _font(SMALL))
        y += LINE


def _entry_width(entry: Entry) -> float:
    return _SWATCH[0] + 10 + text_width(entry.text) + _BETWEEN


def _cut(text: str, room: float, size: int) -> str:
    """Return as much of a text as fits, whole or with dots; nothing when not even three signs do."""
    if text_width(text, size) <= room:
        return text
    ends = (text[:end] + "..." for end in range(len(text) - 1, 2, -1))
    return next((end for end in ends if text_width(end, size) <= room), "")
