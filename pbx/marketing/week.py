"""Week: at which hours of which days somebody may be called, in his own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
_MIDNIGHT = "24:00"  # the end of a day; as a time of day there is no such thing
MAX_SPANS = 4  # of a day

Span = tuple[time, time | None]  # begin, and end (not within it); None = midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Spans by day and for holidays; a day with none of them is closed.

    `holidays` are known until `known_until`; behind it any day may be one, so both its own hours and those
    of a holiday have to be open. None = holidays are like other days.
    """

    spans: Mapping[str, tuple[Span, ...]]
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
    if not isinstance(written, Mapping) or not written:
        raise ValueError("expected days with their hours, for example {mon-fri: [08:00-21:00]}")
    spans: dict[str, tuple[Span, ...]] = {}
    for days, hours in written.items():
        for day in _days(days):
            if day in spans:
                raise ValueError(f"{day} has two entries")
            spans[day] = _spans(hours)
    dates = frozenset(_date(day) for day in holidays)
    if dates and HOLIDAY not in spans:
        raise ValueError("there are holidays, but no hours for them")
    return Week(spans=spans, holidays=dates, known_until=None if known_until is None else _date(known_until))


def _within(spans: tuple[Span, ...], local: datetime) -> bool:
    at = local.time()
    return any(begin <= at and (end is None or at < end) for begin, end in spans)


def _days(written: Any) -> tuple[str, ...]:
    """`mon`, `mon-fri` or `holiday`."""
    first, dash, last = str(written).partition("-")
    if written == HOLIDAY:
        return (HOLIDAY,)
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f"{written}: expected a day such as mon, days such as mon-fri, or {HOLIDAY}")
    begin, end = DAYS.index(first), DAYS.index(last) if dash else DAYS.index(first)
    if begin > end:
        raise ValueError(f"{written}: the week begins on Monday")
    return DAYS[begin : end + 1]


def _spans(written: Any) -> tuple[Span, ...]:
    if not isinstance(written, list | tuple) or len(written) > MAX_SPANS:
        raise ValueError(f"expected a list of at most {MAX_SPANS} spans such as 08:00-21:00")
    spans = tuple(_span(one) for one in written)
    for (_, end), (begin, _) in pairwise(spans):
        if end is None or begin < end:
            raise ValueError("spans of a day follow each other")
    return spans


def _span(written: Any) -> Span:
    begin, dash, end = str(written).partition("-")
    try:
        first = time.fromisoformat(begin)
        last = None if end == _MIDNIGHT else time.fromisoformat(end)
    except ValueError:
        raise ValueError(f"{written}: expected a span such as 08:00-21:00") from None
    if not dash or first.tzinfo or (last is not None and (last.tzinfo or last <= first)):
        raise ValueError(f"{written}: expected a span such as 08:00-21:00")
    return first, last


def _date(written: Any) -> date:
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"{written}: expected a date such as 2026-12-25") from None
