"""Until when a person's request has to be answered (UK GDPR 12(3), 12A): a month, and reasons that move it.

The month ends on the day of the same number, or on the last one of a shorter month. The clock stands from the
day on which the person is asked who he is or what he means until the day of his answer.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pbx.core.errors import ParseError
from pbx.lifecycle.words import worded

MONTHS, MORE_MONTHS = 1, 2  # to answer, and in addition for a request that is complex
_STOP = re.compile(r"([0-9-]{10})\.\.([0-9-]{10}) (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Days on which the clock stood, `end` without, and why."""

    start: date
    end: date
    reason: str


def parse_day(name: str, text: str) -> date:
    """Return a day written as 2026-05-03; ParseError names what it should have been."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParseError(f"{name}: {text!r} is no day, write 2026-05-03", 0) from None


def parse_stop(name: str, text: str) -> Stop:
    """Return `FROM..TO REASON` as a stop; ParseError says how it is written."""
    found = _STOP.fullmatch(text)
    if found is None:
        raise ParseError(f"{name}: write it as '2026-05-05..2026-05-12 why'", 0)
    start, end = parse_day(name, found[1]), parse_day(name, found[2])
    if end < start:
        raise ParseError(f"{name}: {start} is behind {end}", 0)
    return Stop(start=start, end=end, reason=worded(name, found[3]))


def due(received: date, stops: Iterable[Stop] = (), *, is_extended: bool = False) -> date:
    """Return the last day for an answer; days that two stops share count once, those before receipt never."""
    answer = _later(received, MONTHS + (MORE_MONTHS if is_extended else 0))
    stood, until = 0, received
    for stop in sorted(stops, key=lambda one: one.start):
        stood += max(0, (stop.end - max(stop.start, until)).days)
        until = max(until, stop.end)
    return answer + timedelta(days=stood)


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
