"""The whole picture: every sign of a scene has its ink, and the file is small."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pbx.recording.gaps import GapCause
from pbx.recording.picture import ink
from pbx.recording.picture.canvas import HEIGHT
from pbx.recording.picture.ink import Colour
from pbx.recording.picture.paint import Frame, legend_lines, paint, png, text_width
from pbx.recording.picture.peaks import Outline
from pbx.recording.picture.scene import CAUSES, LEFT, PLOT, WIDTH, Scene, compose

N = PLOT * 80


def scene(**fields: Any) -> Scene:
    manifest = {
        "recording": "rec-1",
        "call": "call-1",
        "tenant": "acme",
        "kind": "call",
        "started_at": "2026-01-02T03:04:05+00:00",
        "channels": [{"leg": "leg-1"}, {"leg": "leg-1"}],
        "samples": N,
        "gaps": [],
        "gaps_omitted": 0,
        "events": [],
        "events_omitted": 0,
        "recovered": False,
        "damage": None,
    }
    return compose(manifest | fields, text_width)


def gap(cause: GapCause, start: int = 0, length: int = N // 2) -> dict[str, Any]:
    return {"ch": 1, "at": start, "len": length, "cause": cause}


def sound() -> Outline:
    high = np.full((PLOT, 2), 0.5, np.float32)
    high[: PLOT // 2] = 0
    return Outline(-high, high, high * np.float32(0.7))


def pixel(picture: Image.Image, x: int, y: int) -> Colour:
    found = picture.convert("RGB").getpixel((x, y))
    assert isinstance(found, tuple)
    red, green, blue = found
    return red, green, blue


def test_each_channel_is_where_its_name_says() -> None:
    drawn = scene()
    picture, frame = paint(drawn, sound()), Frame.of(drawn)
    loud, silent = LEFT + 3 * PLOT // 4 + 5, LEFT + PLOT // 4 + 5
    for top, voice in zip(frame.lanes, (ink.BLUE, ink.GREEN), strict=True):
        assert pixel(picture, loud, top + HEIGHT // 2) == voice
        assert pixel(picture, silent, top + HEIGHT // 4) == ink.GROUND


def test_a_wide_gap_is_named_in_its_centre() -> None:
    drawn = scene(gaps=[gap("hold")])
    picture, top = paint(drawn, sound()), Frame.of(drawn).lanes[0]
    plate = picture.crop((LEFT + PLOT // 4 - 30, top + 90, LEFT + PLOT // 4 + 30, top + 110))
    assert (np.asarray(plate) == ink.TEXT).all(axis=2).any()
    narrow = paint(scene(gaps=[gap("hold", length=N // 100)]), sound())
    assert not (np.asarray(narrow.crop((LEFT, top, LEFT + 14, top + HEIGHT))) == ink.TEXT).all(axis=2).any()


def test_a_mark_has_a_stem_through_both_lanes() -> None:
    drawn = scene(events=[{"at_ms": 2000, "kind": "consent.granted", "details": {"party": "caller"}}])
    picture, frame = paint(drawn, sound()), Frame.of(drawn)
    x = LEFT + drawn.flags[0].mark.x
    for top in frame.lanes:
        assert pixel(picture, x, top + HEIGHT // 4) == ink.shade(ink.GREEN, 0.8)
        assert pixel(picture, x + 3, top + HEIGHT // 4) == ink.GROUND


def test_the_picture_grows_with_what_it_has_to_say() -> None:
    plain = paint(scene(), sound()).size
    assert plain[0] == WIDTH
    legend = tuple(CAUSES)
    rich = scene(gaps=[gap(cause) for cause in legend], gaps_omitted=1, recovered=True)
    assert paint(rich, sound()).size[1] > plain[1]
    lines = legend_lines(rich.legend)
    assert [entry for line in lines for entry in line] == list(rich.legend)
    assert len(lines) > 1


@pytest.mark.parametrize("cause", CAUSES)
def test_the_legend_shows_the_hatch(cause: GapCause) -> None:
    drawn = scene(gaps=[gap(cause)])
    picture, frame = paint(drawn, sound()), Frame.of(drawn)
    swatch = np.asarray(picture.crop((LEFT, frame.legend, LEFT + 44, frame.legend + 22)))
    assert (swatch == ink.HATCHES[cause].colour).all(axis=2).mean() > 0.05


def test_the_file_keeps_the_colours_and_is_small() -> None:
    file = png(scene(gaps=[gap("secure")]), sound())
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(file) < 60_000
    picture = Image.open(BytesIO(file))
    assert picture.size == paint(scene(gaps=[gap("secure")]), sound()).size
    assert picture.info.get("Software") is None
    assert pixel(picture, 2, 2) == ink.PAPER


def test_a_recording_without_sound() -> None:
    empty = np.zeros((0, 2), np.float32)
    assert paint(scene(samples=0), Outline(empty, empty, empty)).size[0] == WIDTH
