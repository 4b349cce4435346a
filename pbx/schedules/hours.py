"""Hours of the week as they are written: spans of the clock by day."""

import re
from collections.abc import Collection, Mapping
from datetime import time
from itertools import pairwise
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[time, time | None]  # begin, and end (not within it); None = midnight
Spans = tuple[Span, ...]
_MIDNIGHT = "24:00"  # the end of a day; as a time of day there is no such thing
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}", re.ASCII)


def parse_hours(
    written: Any, *, most: int, others: Collection[str] = (), overnight: bool = False
) -> dict[str, Spans]:
    """Return spans by day of `{mon-fri: ["09:00-17:30"]}`; ValueError says what is wrong.

    `most` spans has a day; `others` are names that stand beside the days. With `overnight` the last span of
    a day may end on the next one.
    """
    if not isinstance(written, Mapping) or not written:
        raise ValueError('expected days with their hours, for example {mon-fri: ["09:00-17:30"]}')
    spans: dict[str, Spans] = {}
    for days, hours in written.items():
        for day in _days(str(days), others):
            if day in spans:
                raise ValueError(f"{day} has two entries")
            spans[day] = parse_spans(hours, most=most, overnight=overnight)
    return spans


def parse_spans(written: Any, *, most: int, overnight: bool = False) -> Spans:
    """Return the spans of one day, in order."""
    if not isinstance(written, list | tuple) or len(written) > most:
        raise ValueError(f"expected a list of at most {most} spans such as 09:00-17:30")
    spans = tuple(_span(str(one), overnight=overnight) for one in written)
    for (before, end), (begin, _) in pairwise(spans):
        if end is None or end <= before or begin < end:
            raise ValueError("spans of a day follow each other")
    return spans


def is_overnight(span: Span) -> bool:
    """Whether a span ends on the day behind that on which it begins."""
    begin, end = span
    return end is not None and end <= begin


def _days(text: str, others: Collection[str]) -> tuple[str, ...]:
    """Return the days of `mon` or `mon-fri`, or one of the other names."""
    if text in others:
        return (text,)
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        also = "".join(f", or {name}" for name in others)
        raise ValueError(f"{text}: expected a day such as mon, or days such as mon-fri{also}")
    begin, end = DAYS.index(first), DAYS.index(last if dash else first)
    if begin > end:
        raise ValueError(f"{text}: the week begins on Monday")
    return DAYS[begin : end + 1]


def _span(text: str, *, overnight: bool) -> Span:
    begin, _, end = text.partition("-")
    wrong = f"{text}: expected a span such as 09:00-17:30"
    if not _CLOCK.fullmatch(begin) or not _CLOCK.fullmatch(end):
        raise ValueError(wrong)
    try:
        first = time.fromisoformat(begin)
        last = None if end == _MIDNIGHT else time.fromisoformat(end)
    except ValueError:
        raise ValueError(wrong) from None
    if last is not None and (last == first or (last < first and not overnight)):
        raise ValueError(wrong)
    return first, last
