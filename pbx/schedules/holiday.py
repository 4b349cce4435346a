"""A holiday: days of the calendar, once or every year, that are unlike others of their week."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["open", "closed", "holiday"]
MonthDay = tuple[int, int]
LEAP = 2024  # a year in which every day of a calendar exists
EXPECTED = (
    'expected a day such as "2026-12-25" or "12-25" for every year, or days such as "2026-12-24/2027-01-01"'
)
_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}", re.ASCII)
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days from `first` to `last`, both within it; `name` "" = it has none.

    `yearly` instead of dates comes back every year, and may go over the end of one.
    """

    first: date = date.min
    last: date = date.min
    yearly: tuple[MonthDay, MonthDay] | None = None
    name: str = ""
    kind: Kind = "holiday"

    def covers(self, day: date) -> bool:
        """Whether a day is within it."""
        if self.yearly is None:
            return self.first <= day <= self.last
        begin, end = self.yearly
        here = (day.month, day.day)
        return begin <= here <= end if begin <= end else here >= begin or here <= end

    def is_over(self, today: date) -> bool:
        """Whether it never comes again."""
        return self.yearly is None and self.last < today


def parse_holiday(text: str, name: str = "") -> Holiday:
    """Return what is meant by a day, or by the first and the last one; ValueError says what is wrong."""
    first, slash, last = (part.strip() for part in text.partition("/"))
    last = last if slash else first
    is_dated = _DATED.fullmatch(first) is not None
    if not (_DATED if is_dated else _YEARLY).fullmatch(last) or not (is_dated or _YEARLY.fullmatch(first)):
        raise ValueError(f"{text}: {EXPECTED}")
    begin, end = (_day(part if is_dated else f"{LEAP}-{part}", part) for part in (first, last))
    if not is_dated:
        return Holiday(yearly=((begin.month, begin.day), (end.month, end.day)), name=name)
    if end < begin:
        raise ValueError(f"{text}: the last day is before the first")
    return Holiday(first=begin, last=end, name=name)


def _day(text: str, written: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{written}: there is no such day") from None
