"""The step `schedule` of a flow: opening hours as they are written, and what they become."""

import re
from collections.abc import Mapping
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from pbx.config.step_kind import StepKind
from pbx.config.types import Listed, Name, Strict, Unique, written
from pbx.ivr.opening import DAYS, Opening, Schedule, Span

MAX_SPANS = 8  # of a day
MAX_HOLIDAYS = 400  # of one step: ten years of the country that has most
_MIDNIGHT = "24:00"  # the end of a day; as a time of day there is no such thing
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}", re.ASCII)
_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}", re.ASCII)
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LEAP = 2024  # a year in which every day of a calendar exists
_EXPECTED = 'expected a day such as "2026-12-25", or "12-25" for every year'


def _week(value: Any) -> dict[str, tuple[Span, ...]]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError('expected days with their hours, for example {mon-fri: ["09:00-17:30"]}')
    spans: dict[str, tuple[Span, ...]] = {}
    for days, hours in value.items():
        for day in _days(str(days)):
            if day in spans:
                raise ValueError(f"{day} has two entries")
            spans[day] = _spans(hours)
    if not any(spans.values()):
        raise ValueError("never open: no day has hours")
    return spans


def _days(text: str) -> tuple[str, ...]:
    """Return the days of `mon` or `mon-fri`."""
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f"{text}: expected a day such as mon, or days such as mon-fri")
    begin, end = DAYS.index(first), DAYS.index(last if dash else first)
    if begin > end:
        raise ValueError(f"{text}: the week begins on Monday")
    return DAYS[begin : end + 1]


def _spans(value: Any) -> tuple[Span, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_SPANS:
        raise ValueError(f"expected a list of at most {MAX_SPANS} spans such as 09:00-17:30")
    spans = tuple(_span(str(one)) for one in value)
    for (_, end), (begin, _) in pairwise(spans):
        if end is None or begin < end:
            raise ValueError("spans of a day follow each other")
    return spans


def _span(text: str) -> Span:
    begin, _, end = text.partition("-")
    wrong = f"{text}: expected a span such as 09:00-17:30; hours behind midnight are those of the next day"
    if not _CLOCK.fullmatch(begin) or not _CLOCK.fullmatch(end):
        raise ValueError(wrong)
    try:
        first = time.fromisoformat(begin)
        last = None if end == _MIDNIGHT else time.fromisoformat(end)
    except ValueError:
        raise ValueError(wrong) from None
    if last is not None and last <= first:
        raise ValueError(wrong)
    return first, last


def _holiday(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    is_dated = _DATED.fullmatch(text) is not None
    if not is_dated and not _YEARLY.fullmatch(text):
        raise ValueError(_EXPECTED)
    try:
        date.fromisoformat(text if is_dated else f"{_LEAP}-{text}")
    except ValueError:
        raise ValueError(f"{text}: there is no such day") from None
    return text


Hours = Annotated[
    dict[str, tuple[Span, ...]],
    BeforeValidator(_week),
    WithJsonSchema({"title": "days with their hours, such as {mon-fri: [09:00-17:30]}", "type": "object"}),
]
Holiday = Annotated[
    str, BeforeValidator(_holiday), written("a day such as 2026-12-25, or 12-25 for every year")
]


class ScheduleArguments(Strict):
    hours: Hours
    holidays: Annotated[tuple[Holiday, ...], Listed, Unique, Field(max_length=MAX_HOLIDAYS)] = ()

    def build(self) -> Opening:
        """Return the opening hours."""
        dated = [text for text in self.holidays if len(text) == len("2026-12-25")]
        yearly = [text for text in self.holidays if len(text) == len("12-25")]
        return Opening(
            spans=dict(self.hours),
            dates=frozenset(map(date.fromisoformat, dated)),
            yearly=frozenset((int(text[:2]), int(text[3:])) for text in yearly),
        )


class WrittenSchedule(Strict):
    schedule: ScheduleArguments
    open: Name
    closed: Name
    holiday: Name | None = None


def _schedule(step: WrittenSchedule) -> Schedule:
    return Schedule(opening=step.schedule.build(), open=step.open, closed=step.closed, holiday=step.holiday)


STEPS: dict[str, StepKind] = {"schedule": StepKind(WrittenSchedule, _schedule)}
