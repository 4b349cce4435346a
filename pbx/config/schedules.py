"""`schedules.yaml`: opening hours by name, for steps of flows and for conditions."""

from contextlib import suppress
from datetime import date, tzinfo
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from pbx.config.calendars import MAX_CALENDARS, WrittenCalendar, events_of, with_events
from pbx.config.opening import Title, WrittenOpening
from pbx.config.read import Read
from pbx.config.types import ExtensionNumber, FeatureCode, Listed, Name, Strict, Text, Unique, written
from pbx.dialplan.rules import SwitchRule
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.ivr.switching import SwitchSchedule
from pbx.schedules.calendar import CalendarError, Event
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule

MAX_SCHEDULES = 64
MAX_SWITCHERS = 256  # extensions that may switch one
_FAILED = "That could not be switched. Please try again later."


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value}: expected a date such as 2026-12-24") from None


class WrittenNamed(WrittenOpening):
    """One schedule; `timezone` None = the tenant's. `checked_on` = when somebody last looked at it."""

    title: Title | None = None
    timezone: str | None = None
    calendars: Annotated[tuple[WrittenCalendar, ...], Listed, Field(max_length=MAX_CALENDARS)] = ()
    code: FeatureCode | None = None
    switched_by: Annotated[tuple[ExtensionNumber, ...], Listed, Unique, Field(max_length=MAX_SWITCHERS)] = ()
    says_open: Text | None = None
    says_closed: Text | None = None
    checked_on: Annotated[date, BeforeValidator(_date), written("a date such as 2026-11-30")] | None = None


class SchedulesFile(Strict):
    """`schedules.yaml`."""

    schedules: Annotated[dict[Name, WrittenNamed], Field(max_length=MAX_SCHEDULES)] = Field(
        default_factory=dict
    )


def opening_of(written: WrittenNamed, folder: Path, home: tzinfo) -> Opening:
    """Return the hours with what stands in the calendars of `folder`; what cannot be read is left out."""
    events: list[Event] = []
    for calendar in written.calendars:
        with suppress(CalendarError):
            events += events_of(folder, calendar, home)
    return with_events(written.build(), tuple(events))


def build_schedules(read: Read[SchedulesFile] | None, folder: Path, timezone: str) -> dict[str, Schedule]:
    """Return the schedules of a tenant at home in `timezone`, by name; zones and calendars are checked."""
    if read is None:
        return {}
    return {
        name: Schedule(
            name=name,
            opening=opening_of(one, folder, zone := ZoneInfo(one.timezone or timezone)),
            zone=zone,
            title=one.title or name,
            code=one.code or "",
            place=read.document.place(("schedules", name)),
        )
        for name, one in read.model.schedules.items()
    }


def flow_name(schedule: str) -> str:
    """Return the name of the flow behind a schedule's code; no flow of an admin has a / in its name."""
    return f"schedule/{schedule}"


def switch_rules(read: Read[SchedulesFile] | None) -> tuple[SwitchRule, ...]:
    """Return which codes switch schedules."""
    if read is None:
        return ()
    return tuple(
        SwitchRule(
            code=one.code,
            flow=flow_name(name),
            place=read.document.place(("schedules", name, "code")),
            by=frozenset(one.switched_by),
        )
        for name, one in read.model.schedules.items()
        if one.code is not None
    )


def switch_flows(read: Read[SchedulesFile] | None) -> dict[str, FlowPlan]:
    """Return the flows behind the codes: each switches the other way, and says how it is then."""
    if read is None:
        return {}
    flows = (_flow(name, one) for name, one in read.model.schedules.items() if one.code is not None)
    return {flow.name: flow for flow in flows}


def _flow(name: str, written: WrittenNamed) -> FlowPlan:
    title = written.title or name
    title = title[:1].upper() + title[1:]
    says = {
        "open": written.says_open or f"{title} is open.",
        "closed": written.says_closed or f"{title} is closed.",
        "failed": _FAILED,
    }
    step = SwitchSchedule(schedule=name, to="other", open="open", closed="closed", failed="failed")
    told = {way: HangUp(text=text) for way, text in says.items()}
    return FlowPlan(name=flow_name(name), start="switch", steps={"switch": step, **told})
