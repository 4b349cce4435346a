"""The tones of every country as data: what sounds for how long. ITU-T E.180 and its supplement 2.

The notation, one line a tone: parts follow each other and are repeated until the tone is stopped.

    425 for 1000, off 4000              one second on, four off
    350+440                             both together, continuous
    400*25 for 400                      400 Hz with its amplitude modulated by 25 Hz
    425 -10dB for 375                   ten decibels below the usual level
    1004 0dBm0                          at a level of its own, for measuring
    10 x (dial for 100, off 100), then dial     ten times, then the rest for ever
    3 x (1400 for 100, off 100), end    three times and no more

`dial` stands for the sound with which the country's dial tone begins.
"""

import re
from dataclasses import dataclass
from typing import Any

from pbx.core.errors import ParseError

DEFAULT_COUNTRY = "gb"
MAX_HZ = 3400.0  # the telephone band ends here
MAX_PART_MS = 60_000
# From the usual level of a tone to 0 dBm0, whose peak is 3.14 dB (A-law) or 3.17 dB (mu-law) below the
# largest that G.711 carries: what lies between the two laws.
DBM0 = 8.83
MAX_PARTS = 64  # of one tone, counted after repetition; the longest in use has 24

_DEFAULTS, _DIAL, _SOURCE = "defaults", "dial", "source"
_LEVEL = r"(?: (?P<level>-?[0-9]+)dB(?P<m0>m0)?)?"
_PART = re.compile(rf"(?P<sound>off|dial|[0-9.+*]+){_LEVEL}(?: (?:for )?(?P<ms>[0-9]+))?")
_TIMES = re.compile(r"(?:(?P<times>[0-9]+) x \()?(?P<parts>[^()]+?)\)?")

ToneBook = dict[str, dict[str, "Tone"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Frequencies sounded together, none = silence; with `modulated_hz` the sum swells at that rate."""

    hz: tuple[float, ...] = ()
    modulated_hz: float = 0.0
    level_db: float = 0  # above the usual level of a tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One sound of a tone; None = continuous."""

    sound: Sound
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """`intro` is heard once, `cycle` again and again; a tone without a cycle ends by itself."""

    intro: tuple[Part, ...] = ()
    cycle: tuple[Part, ...] = ()
    text: str = ""


def parse_book(tree: Any) -> ToneBook:
    """Return the tones of a parsed YAML tree: country -> name -> tone; ParseError on a wrong shape."""
    try:
        defaults = tree[_DEFAULTS]
        return {
            country: _country(defaults | {n: t for n, t in tones.items() if n != _SOURCE})
            for country, tones in tree.items()
            if country != _DEFAULTS
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ParseError(f"tones: {type(error).__name__} {error}") from None


def find_tone(book: ToneBook, country: str, name: str) -> Tone | None:
    """Return the tone as heard in `country` (any case), Great Britain's for an unknown country."""
    tones = book.get(country.lower()) or book.get(DEFAULT_COUNTRY, {})
    return tones.get(name)


def _country(texts: dict[str, Any]) -> dict[str, Tone]:
    dial = parse_tone(str(texts[_DIAL]), Sound())
    sound = (dial.intro + dial.cycle)[0].sound
    return {name: parse_tone(str(text), sound) for name, text in texts.items()}


def parse_tone(text: str, dial: Sound) -> Tone:
    """Return the tone of one line; ValueError quotes the part that cannot be read."""
    before, then, after = text.partition(", then ")
    if not then and before.endswith(", end"):
        before, then = before.removesuffix(", end"), "end"
    intro, cycle = (before, after) if then else ("", before)
    tone = Tone(intro=_parts(intro, dial), cycle=_parts(cycle, dial), text=text)
    parts = tone.intro + tone.cycle
    continuous = [part for part in parts if part.duration_ms is None]
    if len(parts) > MAX_PARTS or not parts:
        raise ValueError(f"{len(parts)} parts in {text!r}")
    if continuous and (len(tone.cycle) > 1 or continuous != [*tone.cycle]):
        raise ValueError(f"nothing can follow what never ends in {text!r}")
    return tone


def _parts(text: str, dial: Sound) -> tuple[Part, ...]:
    if not text:
        return ()
    match = _TIMES.fullmatch(text)
    times = int(match["times"] or 1) if match is not None else 0
    if match is None or not 1 <= times <= MAX_PARTS or (match["times"] is not None) != text.endswith(")"):
        raise ValueError(repr(text))
    return tuple(_part(part, dial) for part in match["parts"].split(", ")) * times


def _part(text: str, dial: Sound) -> Part:
    match = _PART.fullmatch(text)
    if match is None:
        raise ValueError(repr(text))
    duration_ms = int(match["ms"]) if match["ms"] else None
    if duration_ms is not None and not 0 < duration_ms <= MAX_PART_MS:
        raise ValueError(f"{duration_ms} ms in {text!r}")
    sound = {"off": Sound(), "dial": dial}.get(match["sound"])
    if sound is None:
        sound = _sound(match["sound"], int(match["level"] or 0), DBM0 if match["m0"] else 0)
    return Part(sound=sound, duration_ms=duration_ms)


def _sound(text: str, level_db: int, above_db: float) -> Sound:
    sum_of, _, modulated = text.partition("*")
    hz = tuple(float(frequency) for frequency in sum_of.split("+"))
    modulated_hz = float(modulated or 0)
    if not all(0 < frequency <= MAX_HZ for frequency in hz) or modulated_hz > MAX_HZ or level_db > 0:
        raise ValueError(repr(text))
    return Sound(hz=hz, modulated_hz=modulated_hz, level_db=level_db + above_db)
