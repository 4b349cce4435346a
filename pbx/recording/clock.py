"""The clock of a recording: who sets it, how far it may be off, and the steps it made while it was recorded.

Audio is placed by the monotonic clock, which no step moves: steps matter to who reads `started_at` and the
times of the call. A step is a change of the wall clock against the monotonic one between two looks; what a
daemon corrects by slewing (at most 500 ppm) is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from pbx.recording.journal import Note

STEPPED = "clock.stepped"  # the note of a journal
MIN_STEP_NS = 500_000_000
MAX_LOOK_NS = 50_000_000  # a look that took longer, on a machine that stood still, tells nothing
MAX_STEPS = 64  # of a manifest: more is a clock that nobody should believe
_NS_PER_MS, _NS_PER_US = 1_000_000, 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Source = Literal["disciplined", "free-running", "unknown"]


class Look(NamedTuple):
    """The wall clock, and the monotonic clock right before and after it; nanoseconds."""

    before_ns: int
    wall_ns: int
    after_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discipline:
    """What the kernel says of its wall clock.

    `disciplined` = a time daemon vouches for it, and it is off by `max_error_us` at most; `offset_us` is what
    is still being corrected. The numbers are None when the kernel says nothing.
    """

    source: Source = "unknown"
    offset_us: int | None = None
    max_error_us: int | None = None


class StepWatch:
    """Compares the two clocks at each look with the look before; keeps nothing else."""

    __slots__ = ("_ahead_ns",)

    def __init__(self, first: Look) -> None:
        self._ahead_ns = _ahead_ns(first)

    def look(self, now: Look) -> int:
        """Return by how many nanoseconds the wall clock was set since; 0 = it was not."""
        ahead_ns = _ahead_ns(now)
        if ahead_ns is None:
            return 0
        step_ns = ahead_ns - (ahead_ns if self._ahead_ns is None else self._ahead_ns)
        self._ahead_ns = ahead_ns
        return step_ns if abs(step_ns) >= MIN_STEP_NS else 0


def step_note(step_ns: int, at_ns: int) -> Note:
    """Return what a journal keeps of a step that was seen at monotonic `at_ns`."""
    return Note(STEPPED, {"by_ms": str(round(step_ns / _NS_PER_MS))}, at_ns)


def head_clock(look: Look, discipline: Discipline) -> dict[str, str]:
    """Return what a journal's head says: the wall clock at its origin, and who sets it."""
    at = _EPOCH + timedelta(microseconds=look.wall_ns // _NS_PER_US)
    numbers = {"offset_us": discipline.offset_us, "max_error_us": discipline.max_error_us}
    known = {name: str(number) for name, number in numbers.items() if number is not None}
    return {"source": discipline.source, "at": at.isoformat(timespec="microseconds"), **known}


def said(clock: Mapping[str, str], notes: Sequence[Note], origin_ns: int) -> dict[str, Any] | None:
    """Return a manifest's `clock`; None for a journal of a program that did not look."""
    if not clock:
        return None
    steps = [note for note in notes if note.kind == STEPPED]
    return {
        "source": clock.get("source", "unknown"),
        "at": clock.get("at", ""),
        "offset_us": _number(clock.get("offset_us")),
        "max_error_us": _number(clock.get("max_error_us")),
        "steps": [
            {
                "at_ms": (note.at_ns - origin_ns) // _NS_PER_MS,
                "by_ms": _number(note.details.get("by_ms")) or 0,
            }
            for note in steps[:MAX_STEPS]
        ],
        "steps_omitted": max(0, len(steps) - MAX_STEPS),
    }


def _ahead_ns(look: Look) -> int | None:
    if look.after_ns - look.before_ns > MAX_LOOK_NS:
        return None
    return look.wall_ns - look.after_ns


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
