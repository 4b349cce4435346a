"""Opening hours as they are written, in a step of a flow or under a name in `schedules.yaml`."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from pbx.config.types import Alone, Listed, OneOrSeveral, Strict, Unique, written
from pbx.schedules.holiday import Holiday, parse_holiday
from pbx.schedules.hours import Spans, parse_hours, parse_spans
from pbx.schedules.opening import Opening

MAX_SPANS = 8  # of a day
MAX_HOLIDAYS = 400  # of one schedule: ten years of the country that has most
MAX_EXCEPTIONS = 400
_DAYS = {"title": "days with their hours, such as {mon-fri: [09:00-17:30]}", "type": "object"}
_DATES = {"title": "dates with their hours, such as {2026-12-24: [09:00-12:00]}", "type": "object"}


def _week(value: Any) -> dict[str, Spans]:
    spans = parse_hours(value, most=MAX_SPANS, overnight=True)
    if not any(spans.values()):
        raise ValueError("never open: no day has hours")
    return spans


def _holiday(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    parse_holiday(text)
    return text


def _exceptions(value: Any) -> dict[date, Spans]:
    if not isinstance(value, Mapping) or len(value) > MAX_EXCEPTIONS:
        raise ValueError(f"expected at most {MAX_EXCEPTIONS} dates with their hours")
    return {_date(day): parse_spans(hours, most=MAX_SPANS, overnight=True) for day, hours in value.items()}


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value}: expected a date such as 2026-12-24") from None


def _form(value: Any) -> str:
    return "[named]" if isinstance(value, Mapping) else "[days]"  # nothing that may stand in a file


Hours = Annotated[dict[str, Spans], BeforeValidator(_week), WithJsonSchema(_DAYS)]
HolidayDay = Annotated[
    str,
    BeforeValidator(_holiday),
    written("a day such as 2026-12-25, 12-25 for every year, or days such as 2026-12-24/2027-01-01"),
]
Title = Annotated[str, Field(min_length=1, max_length=64)]
_Days = Annotated[tuple[HolidayDay, ...], Listed, Unique, Field(max_length=MAX_HOLIDAYS)]
_Named = Annotated[tuple[HolidayDay, ...], Unique, OneOrSeveral, Field(max_length=MAX_HOLIDAYS), Alone]
Holidays = Annotated[
    Annotated[_Days, Tag("[days]")]
    | Annotated[dict[Title, _Named], Field(max_length=MAX_HOLIDAYS), Tag("[named]")],
    Discriminator(_form),
]
Exceptions = Annotated[dict[date, Spans], BeforeValidator(_exceptions), WithJsonSchema(_DATES)]


class WrittenOpening(Strict):
    """Hours of the week, and days that are unlike others."""

    hours: Hours
    holidays: Holidays = ()
    exceptions: Exceptions = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bounded(self) -> "WrittenOpening":
        if len(self._holidays()) > MAX_HOLIDAYS:
            raise ValueError(f"there are more than {MAX_HOLIDAYS} holidays")
        return self

    def build(self) -> Opening:
        """Return the opening hours."""
        return Opening(spans=dict(self.hours), holidays=self._holidays(), exceptions=dict(self.exceptions))

    def _holidays(self) -> tuple[Holiday, ...]:
        if not isinstance(self.holidays, Mapping):
            return tuple(parse_holiday(day) for day in self.holidays)
        return tuple(parse_holiday(day, name) for name, days in self.holidays.items() for day in days)
