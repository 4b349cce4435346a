"""`schedules.yaml`: opening hours by name, for steps of flows and for conditions."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from pbx.config.opening import Title, WrittenOpening
from pbx.config.read import Read
from pbx.config.types import Name, Strict, written
from pbx.schedules.schedule import Schedule

MAX_SCHEDULES = 64


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value}: expected a date such as 2026-12-24") from None


class WrittenNamed(WrittenOpening):
    """One schedule; `timezone` None = the tenant's. `checked_on` = when somebody last looked at it."""

    title: Title | None = None
    timezone: str | None = None
    checked_on: Annotated[date, BeforeValidator(_date), written("a date such as 2026-11-30")] | None = None


class SchedulesFile(Strict):
    """`schedules.yaml`."""

    schedules: Annotated[dict[Name, WrittenNamed], Field(max_length=MAX_SCHEDULES)] = Field(
        default_factory=dict
    )


def build_schedules(read: Read[SchedulesFile] | None, timezone: str) -> dict[str, Schedule]:
    """Return the schedules of a tenant at home in `timezone`, by name; their zones are known."""
    if read is None:
        return {}
    return {
        name: Schedule(
            name=name,
            opening=one.build(),
            zone=ZoneInfo(one.timezone or timezone),
            title=one.title or name,
            place=read.document.place(("schedules", name)),
        )
        for name, one in read.model.schedules.items()
    }
