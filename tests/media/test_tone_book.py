"""The notation of tones, and what the book says about every country."""

import subprocess
import sys
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.media.io.clips import load_tones
from pbx.media.tone_book import (
    DBM0,
    MAX_HZ,
    MAX_PART_MS,
    MAX_PARTS,
    Part,
    Sound,
    Tone,
    find_tone,
    parse_book,
    parse_tone,
)

BOOK = load_tones()
ROOT = Path(__file__).parents[2]
DIAL = Sound(hz=(440.0,))
NETWORK = {"dial", "ring", "busy", "congestion", "waiting", "sit", "stutter", "unobtainable", "confirm"}
SIT = {"sit", "sit_intercept", "sit_vacant", "sit_reorder", "sit_no_circuit"}
BEEPS = {"record", "recording", "beep", "warning", "join", "leave", "intrusion", "error", "milliwatt"}


def part(ms: int | None, *hz: float, modulated_hz: float = 0.0, level_db: float = 0) -> Part:
    return Part(sound=Sound(hz=hz, modulated_hz=modulated_hz, level_db=level_db), duration_ms=ms)


def cycle(country: str, name: str) -> list[tuple[tuple[float, ...], int | None]]:
    return [(p.sound.hz, p.duration_ms) for p in BOOK[country][name].cycle]


@pytest.mark.parametrize(
    ("text", "intro", "repeated"),
    [
        ("425", (), (part(None, 425),)),
        ("425 for 1000, off 4000", (), (part(1000, 425), part(4000))),
        ("350+440 for 750, 440 for 750", (), (part(750, 350, 440), part(750, 440))),
        ("400*25 for 400", (), (part(400, 400, modulated_hz=25),)),
        ("425 -10dB for 375", (), (part(375, 425, level_db=-10),)),
        ("1004 -10dBm0", (), (part(None, 1004, level_db=DBM0 - 10),)),
        ("1400 for 250, end", (part(250, 1400),), ()),
        ("2 x (dial for 100, off 100), then dial", (part(100, 440), part(100)) * 2, (part(None, 440),)),
        ("3 x (913.8 for 276), end", (part(276, 913.8),) * 3, ()),
    ],
)
def test_notation(text: str, intro: tuple[Part, ...], repeated: tuple[Part, ...]) -> None:
    assert parse_tone(text, DIAL) == Tone(intro=intro, cycle=repeated, text=text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "end",
        "beep",
        "425 for 0",
        f"425 for {MAX_PART_MS + 1}",
        f"{MAX_HZ + 1}",
        "0 for 100",
        "425 +3dB for 100",
        "425 3dB for 100",
        "1004 1dBm0",
        "1004 0dBm",
        "425 for 100 off 100",
        "425, off 100",
        "425, then 425 for 100",
        "425, end",
        f"{MAX_PARTS + 1} x (425 for 1), end",
        f"{MAX_PARTS // 2} x (425 for 1, off 1), then 425",
        "0 x (425 for 1), end",
        "2 x (425 for 1, end",
        "425 for 1), end",
        "2 x (2 x (425 for 1)), end",
    ],
)
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(ParseError):
        parse_book({"defaults": {}, "gb": {"dial": "440", "x": text}})


def test_limits_are_allowed() -> None:
    parse_tone(f"{MAX_HZ} for {MAX_PART_MS}", DIAL)
    assert len(parse_tone(f"{MAX_PARTS} x (425 for 1), end", DIAL).intro) == MAX_PARTS


@given(st.text(alphabet="0123456789 .+*-xdBoftheniaml(),", max_size=40))
def test_any_line(text: str) -> None:
    try:
        tone = parse_tone(text, DIAL)
    except ValueError:
        return
    assert 0 < len(tone.intro + tone.cycle) <= MAX_PARTS


@pytest.mark.parametrize("tree", [None, {"gb": {}}, {"defaults": {}, "gb": {}}, {"defaults": {}, "gb": 1}])
def test_a_book_of_wrong_shape(tree: object) -> None:
    with pytest.raises(ParseError):
        parse_book(tree)


@pytest.mark.requirement("MED-06")
def test_forty_countries_with_the_whole_set() -> None:
    assert len(BOOK) >= 40
    for country, tones in BOOK.items():
        assert tones.keys() == NETWORK | SIT | BEEPS, country


def test_codes_are_those_of_iso_3166() -> None:
    assert [country for country in BOOK if country.upper() not in phonenumbers.SUPPORTED_REGIONS] == []


def test_the_default_country_and_unknown_tones() -> None:
    assert find_tone(BOOK, "GB", "ring") == find_tone(BOOK, "xx", "ring") == BOOK["gb"]["ring"]
    assert find_tone(BOOK, "gb", "nonsense") is None


def test_values_that_every_telephone_engineer_knows() -> None:
    assert cycle("gb", "ring") == [((400, 450), 400), ((), 200), ((400, 450), 400), ((), 2000)]
    assert cycle("us", "ring") == [((440, 480), 2000), ((), 4000)]
    assert cycle("us", "busy") == [((480, 620), 500), ((), 500)]
    assert cycle("us", "congestion") == [((480, 620), 250), ((), 250)]
    assert cycle("de", "busy") == [((425,), 480), ((), 480)]
    assert cycle("fr", "ring") == [((440,), 1500), ((), 3500)]
    assert cycle("it", "dial") == [((425,), 200), ((), 200), ((425,), 600), ((), 1000)]
    assert cycle("jp", "busy") == [((400,), 500), ((), 500)]
    assert cycle("de", "sit") == [((950,), 330), ((1400,), 330), ((1800,), 330), ((), 1000)]
    assert BOOK["in"]["ring"].cycle[0] == part(400, 400, modulated_hz=25)
    assert BOOK["us"]["sit_vacant"].intro == (part(380, 985.2), part(276, 1370.6), part(380, 1776.7))


def test_special_information_is_three_rising_tones() -> None:
    """E.180: 950, 1400 and 1800 Hz, each within 50 Hz, 330 ± 70 ms, gaps of at most 30 ms."""
    for country in sorted(BOOK.keys() - {"nz"}):  # New Zealand has one frequency
        for name in SIT:
            tone = BOOK[country][name]
            heard = [p for p in (tone.intro or tone.cycle) if p.sound.hz][:3]
            for p, hz in zip(heard, (950, 1400, 1800), strict=True):
                assert abs(p.sound.hz[0] - hz) <= 50, (country, name)
                assert p.duration_ms is not None
                assert abs(p.duration_ms - 330) <= 70, (country, name)


def test_ring_busy_and_congestion_stay_within_accepted_limits() -> None:
    """E.180 for existing exchanges; the national exceptions of its supplement are named."""
    for country, tones in BOOK.items():
        totals = {name: sum(p.duration_ms or 0 for p in tones[name].cycle) for name in ("ring", "busy")}
        first, second = tones["busy"].cycle[:2]
        assert first.duration_ms and second.duration_ms
        assert 0.67 <= first.duration_ms / second.duration_ms <= 1.5, country
        assert 300 <= totals["busy"] <= (1500 if country in ("in", "sg") else 1100), country
        assert 3000 <= totals["ring"] <= 6000, country
        for name in ("dial", "ring", "busy", "congestion"):
            parts = tones[name].intro + tones[name].cycle
            assert all(320 <= hz <= 630 for p in parts for hz in p.sound.hz), (country, name)


def test_the_page_of_tones_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools" / "tone-table"], capture_output=True, timeout=60)
    assert done.stdout.decode() == (ROOT / "docs" / "tones.md").read_text(encoding="utf-8")
