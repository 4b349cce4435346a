"""Call progress tones of a country as data, and their rendering to PCM16. ITU-T E.180."""

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pbx.core.errors import ParseError
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.player import Clip

DEFAULT_COUNTRY = "gb"
MAX_TONE_MS = 60_000  # rendered at once; a longer tone repeats this much
FADE_SAMPLES = 40  # 5 ms raised-cosine edges
LEVEL = 8231  # -12 dBFS at the peak of the sum, about -15 dBm0

_SAMPLE = struct.Struct("<h")

ToneBook = dict[str, dict[str, "Tone"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """Frequencies in Hz sounded together; cadence as on, off, on, ... ms, empty = continuous."""

    hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()
    once: bool = False


def parse_book(tree: Any) -> ToneBook:
    """Return the tones of a parsed YAML tree: country -> name -> tone; ParseError on a wrong shape."""
    try:
        defaults = {name: _tone(entry) for name, entry in tree["defaults"].items()}
        return {
            country: defaults | {name: _tone(entry) for name, entry in tones.items()}
            for country, tones in tree.items()
            if country != "defaults"
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ParseError(f"tones: {type(error).__name__}") from None


def find_tone(book: ToneBook, country: str, name: str) -> Tone | None:
    """Return the tone as heard in `country` (any case), Great Britain's for an unknown country."""
    tones = book.get(country.lower()) or book.get(DEFAULT_COUNTRY, {})
    return tones.get(name)


def tone_clip(tone: Tone, duration_ms: int | None) -> Clip:
    """Return a clip that lasts `duration_ms`, without one: for ever, or once for a single beep."""
    if duration_ms is None and not tone.once:
        period = _render(tone, _period_ms(tone)) if tone.cadence_ms else _second(tone.hz)
        return Clip(pcm=period, n_samples=None)
    length_ms = _period_ms(tone) if duration_ms is None else max(duration_ms, 0)
    pcm = _render(tone, min(length_ms, MAX_TONE_MS))
    return Clip(pcm=pcm, n_samples=length_ms * SAMPLE_RATE // 1000)


def _tone(entry: Any) -> Tone:
    tone = Tone(
        hz=tuple(int(hz) for hz in entry["hz"]),
        cadence_ms=tuple(int(ms) for ms in entry.get("cadence_ms", ())),
        once=bool(entry.get("once", False)),
    )
    if (
        not tone.hz
        or any(not 0 < hz < SAMPLE_RATE // 2 for hz in tone.hz)
        or min(tone.cadence_ms, default=1) <= 0
    ):
        raise ValueError
    return tone


def _period_ms(tone: Tone) -> int:
    return sum(tone.cadence_ms)


def _render(tone: Tone, length_ms: int) -> bytes:
    """The tone in its cadence for `length_ms`, every edge faded."""
    n_bytes = 2 * (length_ms * SAMPLE_RATE // 1000)
    if not tone.cadence_ms:
        return _burst(tone.hz, n_bytes // 2)
    out = bytearray()
    while len(out) < n_bytes:
        for index, part_ms in enumerate(tone.cadence_ms):
            n_samples = min(part_ms * SAMPLE_RATE // 1000, (n_bytes - len(out)) // 2)
            out += bytes(2 * n_samples) if index % 2 else _burst(tone.hz, n_samples)
        if tone.once:
            out += bytes(n_bytes - len(out))
    return bytes(out)


@lru_cache(maxsize=64)
def _second(hz: tuple[int, ...]) -> bytes:
    """One second of the sum of sines. Whole-number frequencies repeat in it without a seam."""
    steps = [2 * math.pi * frequency / SAMPLE_RATE for frequency in hz]
    level = LEVEL / len(hz)
    samples = (round(level * sum(math.sin(step * i) for step in steps)) for i in range(SAMPLE_RATE))
    return struct.pack(f"<{SAMPLE_RATE}h", *samples)


def _burst(hz: tuple[int, ...], n_samples: int) -> bytes:
    n_seconds = n_samples // SAMPLE_RATE + 1
    out = bytearray((_second(hz) * n_seconds)[: 2 * n_samples])
    fade = min(FADE_SAMPLES, n_samples // 2)
    for i in range(fade):
        gain = 0.5 - 0.5 * math.cos(math.pi * i / fade)
        for at in (2 * i, len(out) - 2 - 2 * i):
            _SAMPLE.pack_into(out, at, round(gain * _SAMPLE.unpack_from(out, at)[0]))
    return bytes(out)
