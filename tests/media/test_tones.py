"""Tones of every country, as heard."""

import struct

import pytest

from pbx.core.errors import ParseError
from pbx.media.io.clips import load_tones
from pbx.media.tones import LEVEL, Tone, find_tone, parse_book, tone_clip

BOOK = load_tones()
COUNTRIES = ["gb", "us", "de", "fr", "es", "it", "nl", "be", "ch", "at", "ie", "au", "nz", "ca"]
COUNTRIES += ["se", "no", "dk", "fi", "pt", "pl"]


def samples(pcm: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(pcm) // 2}h", pcm)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_every_tone(country: str) -> None:
    assert set(BOOK[country]) == {"dial", "ring", "busy", "congestion", "record"}
    assert all(len(t.cadence_ms) % 2 == 0 for t in BOOK[country].values() if not t.once)


def test_british_ring_and_the_default() -> None:
    ring = Tone(hz=(400, 450), cadence_ms=(400, 200, 400, 2000))
    assert find_tone(BOOK, "GB", "ring") == ring
    assert find_tone(BOOK, "xx", "ring") == ring
    assert find_tone(BOOK, "gb", "nonsense") is None


def test_an_endless_ring_is_one_period() -> None:
    clip = tone_clip(BOOK["gb"]["ring"], None)
    assert clip.n_samples is None
    heard = samples(clip.pcm)
    assert len(heard) == 24_000
    assert not any(heard[3200:4800])
    assert max(heard[:3200]) > LEVEL // 2
    assert max(map(abs, heard)) <= LEVEL


@pytest.mark.parametrize("name", ["ring", "busy", "congestion", "record", "dial"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_no_clicks(country: str, name: str) -> None:
    clip = tone_clip(BOOK[country][name], None if name == "dial" else 700)
    heard = samples(clip.pcm)
    looped = (0 if name != "dial" else heard[-1], *heard, heard[0] if name == "dial" else 0)
    steps = [abs(b - a) for a, b in zip(looped, looped[1:], strict=False)]
    steepest = LEVEL * 2 * 3.1416 * max(BOOK[country][name].hz) / 8000
    assert max(steps) <= steepest
    if name != "dial":
        assert abs(heard[0]) < 50
        assert abs(heard[-1]) < 50


def test_durations() -> None:
    assert tone_clip(BOOK["gb"]["busy"], 100).n_samples == 800
    beep = tone_clip(BOOK["gb"]["record"], None)
    assert beep.n_samples == 2000
    longer = samples(tone_clip(BOOK["gb"]["record"], 500).pcm)
    assert not any(longer[2000:4000])
    assert tone_clip(BOOK["gb"]["dial"], 3_600_000).n_samples == 28_800_000


@pytest.mark.parametrize(
    "tree",
    [
        None,
        {"gb": {}},
        {"defaults": {}, "gb": {"ring": {}}},
        {"defaults": {}, "gb": {"ring": {"hz": [4000]}}},
        {"defaults": {}, "gb": {"ring": {"hz": [400], "cadence_ms": [0, 5]}}},
    ],
)
def test_a_book_of_wrong_shape(tree: object) -> None:
    with pytest.raises(ParseError):
        parse_book(tree)
