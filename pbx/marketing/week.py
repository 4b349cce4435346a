"""Week: at which hours of which days somebody may be called, in his own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pbx.schedules.hours import DAYS, Spans, parse_hours

HOLIDAY = "holiday"
MAX_SPANS = 4  # of a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Spans by day and for holidays; a day with none of them is closed.

    `holidays` are known until `known_until`; behind it any day may be one, so both its own hours and those
    of a holiday have to be open. None = holidays are like other days.
    """

    spans: Mapping[str, Spans]
    holidays: frozenset[date] = frozenset()
    known_until: date | None = None

    def is_open(self, local: datetime) -> bool:
        """Whether a local time lies within."""
        return all(_within(self.spans.get(day, ()), local) for day in self._days(local.date()))

    def _days(self, day: date) -> tuple[str, ...]:
        name = DAYS[day.weekday()]
        if HOLIDAY not in self.spans:
            return (name,)
        if day in self.holidays:
            return (HOLIDAY,)
        is_known = self.known_until is None or day <= self.known_until
        return (name,) if is_known else (name, HOLIDAY)


def parse_week(written: Any, holidays: Any = (), known_until: Any = None) -> Week:
    """Return the week of `{mon-fri: ["08:00-21:00"], holiday: []}`; ValueError says what is wrong."""
    spans = parse_hours(written, most=MAX_SPANS, others=(HOLIDAY,))
    dates = frozenset(_date(day) for day in holidays)
    if dates and HOLIDAY not in spans:
        raise ValueError("there are holidays, but no hours for them")
    return Week(spans=spans, holidays=dates, known_until=None if known_until is None else _date(known_until))


def _within(spans: Spans, local: datetime) -> bool:
    at = local.time()
    return any(begin <= at and (end is None or at < end) for begin, end in spans)


def _date(written: Any) -> date:
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"{written}: expected a date such as 2026-12-25") from None
