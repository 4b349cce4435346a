"""The tones of a country as they are recognised: which frequencies, and how long on and off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pbx.media.tone_book import Part, Tone, ToneBook, find_tone
from pbx.media.tone_spectrum import Hz

Progress = Literal["busy", "congestion", "sit"]
_PROGRESS: tuple[Progress, ...] = ("busy", "congestion", "sit")
_SOUNDS = (*_PROGRESS, "ring", "dial")

N_BURSTS = 4  # of a cadence; Spain's congestion tone begins with three that are its busy tone
NEAR_HZ = 15.0  # ITU-T E.180 §5.2: 425 Hz within 15
SIT_NEAR_HZ = 50.0  # ITU-T E.180 §7.2: 950, 1400 and 1800 Hz, each within 50
SLACK_MS, SLACK = 30, 0.12  # of a duration: how finely it is measured, and how true exchanges are
NEVER_MS = 60_000  # stands for the pause of a sound that swells: its parts seem to be tones of their own
MAX_JOINT_MS = 40  # a pause between the parts of one signal that nobody hears; the book has up to 30


class Stretch(NamedTuple):
    """One sound and how long it lasted; no frequency = silence."""

    hz: Hz
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Stretches that follow each other when `tone` is sent, each within `near_hz`."""

    tone: Progress
    stretches: tuple[Stretch, ...]
    near_hz: float

    def error_ms(self, heard: Sequence[Stretch]) -> float | None:
        """How far the last of what was heard is off in time, None = it is something else."""
        last = heard[-len(self.stretches) :]
        if len(last) < len(self.stretches):
            return None
        pairs = list(zip(self.stretches, last, strict=True))
        if not all(self._fits(wanted, found) for wanted, found in pairs):
            return None
        return sum(abs(wanted.duration_ms - found.duration_ms) for wanted, found in pairs)

    def _fits(self, wanted: Stretch, found: Stretch) -> bool:
        slack_ms = SLACK_MS + SLACK * wanted.duration_ms
        return (
            is_near(wanted.hz, found.hz, self.near_hz)
            and abs(wanted.duration_ms - found.duration_ms) <= slack_ms
        )


def is_near(wanted: Hz, found: Hz, near_hz: float) -> bool:
    """Whether two sounds have the same frequencies, each within `near_hz`."""
    return len(wanted) == len(found) and all(
        abs(one - other) <= near_hz for one, other in zip(wanted, found, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryTones:
    """What can be heard of the exchanges of a country.

    `pairs` = the sounds of two frequencies; `pauses` = each frequency that sounds alone in a tone, and the
    longest pause in milliseconds until it comes again.
    """

    cadences: tuple[Cadence, ...]
    pairs: frozenset[Hz]
    pauses: tuple[tuple[float, int], ...]


def country_tones(book: ToneBook, country: str) -> CountryTones:
    """Return the tones of `country` (any case), Great Britain's for an unknown country."""
    tones = {name: tone for name in _SOUNDS if (tone := find_tone(book, country, name)) is not None}
    cadences = [one for name in _PROGRESS if name in tones for one in _cadences(name, tones[name])]
    sounds = {stretch.hz for one in cadences for stretch in one.stretches}
    return CountryTones(
        cadences=tuple(cadences),
        pairs=frozenset(hz for hz in sounds if len(hz) > 1),
        pauses=tuple(_pauses(tones[name] for name in tones if name != "sit")),
    )


def _pauses(tones: Iterable[Tone]) -> Iterator[tuple[float, int]]:
    for tone in tones:
        parts = tone.intro + tone.cycle
        longest_ms = max((part.duration_ms or 0 for part in parts if not part.sound.hz), default=0)
        for sound in (part.sound for part in parts if len(part.sound.hz) == 1):
            yield sound.hz[0], NEVER_MS if sound.modulated_hz else longest_ms


def _cadences(name: Progress, tone: Tone) -> list[Cadence]:
    """What to wait for: the parts of a signal that has no pauses, else so many bursts of a cycle."""
    near_hz = SIT_NEAR_HZ if name == "sit" else NEAR_HZ
    once = [_stretch(part) for part in tone.cycle or tone.intro if part.duration_ms is not None]
    parts = [one for one in once if one.hz or one.duration_ms > MAX_JOINT_MS]
    signal = list(_until_pause(parts))
    if len(signal) > 1:
        return [Cadence(tone=name, stretches=tuple(signal), near_hz=near_hz)]
    n_stretches = 2 * N_BURSTS - 1
    whole = tuple(parts * n_stretches)
    starts = range(0, len(parts), 2) if len(parts) % 2 == 0 else ()
    return [Cadence(tone=name, stretches=whole[at : at + n_stretches], near_hz=near_hz) for at in starts]


def _until_pause(parts: Iterable[Stretch]) -> Iterator[Stretch]:
    for part in parts:
        if not part.hz:
            return
        yield part


def _stretch(part: Part) -> Stretch:
    return Stretch(part.sound.hz, part.duration_ms or 0)
