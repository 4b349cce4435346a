"""Holds schedules and those who go by them together: names, zones, and conditions that never hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pbx.conditions.condition import Condition
from pbx.config.calendars import events_of
from pbx.config.marks import Document, Path
from pbx.config.read import did_you_mean
from pbx.config.schedules import opening_of
from pbx.config.schema import target_path
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.opening import Schedule
from pbx.ivr.steps import When
from pbx.ivr.switching import SwitchSchedule
from pbx.schedules.calendar import CalendarError

STALE = timedelta(days=365)
_FILE = "schedules.yaml"
_WHERE = f"schedules are written in {_FILE}"
_TAKE = "name it in a step `schedule` or in a `when`, or take it out"
_OVER, _NEXT = "all of these holidays are over", "add those of the year to come, or take the key out"
_OLD, _LOOK = "nobody has looked at it for more than 12 months", "check it, and write the day of today"
_ROUTE = "never holds: nobody is verified before his call has gone somewhere"
_PASS = "name it in headers.in.pass of a trunk"
_Use = tuple[Document, Path, str]  # where a schedule is named
_Asked = tuple[Document, Path, Condition]  # where a condition is written


def check_schedules(source: TenantSource) -> list[ConfigError]:
    """Return names that nobody has, zones that do not exist, and conditions that never hold."""
    wrong = [*_zones(source), *_calendars(source)]
    return [*wrong, *_strangers(source), *_unknown(source), *_never(source), *_too_early(source)]


def unused_schedules(source: TenantSource) -> list[ConfigError]:
    """Return warnings: schedules that nothing goes by."""
    if source.schedules is None or source.broken:
        return []
    document, used = source.schedules.document, {name for _, _, name in _uses(source)}
    return [
        document.key_error(("schedules", name), f"nothing goes by the schedule {name}", _TAKE)
        for name in source.schedules.model.schedules
        if name not in used
    ]


def expired_schedules(source: TenantSource, now: datetime) -> Iterator[ConfigError]:
    """Yield warnings: holidays that are all over, in steps and by name, and what nobody has looked at."""
    today = now.date()
    for flow in source.flows:
        for name, step in flow.plan.steps.items():
            if isinstance(step, Schedule) and step.opening is not None and step.opening.is_expired(today):
                yield flow.file.document.error(("steps", name, "schedule", "holidays"), _OVER, _NEXT)
    if source.schedules is None:
        return
    document = source.schedules.document
    for name, one in source.schedules.model.schedules.items():
        if opening_of(one, source.folder, UTC).is_expired(today):
            key = "holidays" if one.holidays else "calendars"
            yield document.error(("schedules", name, key), _OVER, _NEXT)
        if one.checked_on is not None and today - one.checked_on > STALE:
            yield document.error(("schedules", name, "checked_on"), _OLD, _LOOK)


def conditions(source: TenantSource) -> Iterator[_Asked]:
    """Yield every condition of a tenant with its place."""
    if source.dialplan is not None:
        document = source.dialplan.document
        for number, targets in source.dialplan.model.inbound.items():
            for i, target in enumerate(targets):
                if target.when is not None:
                    yield document, (*target_path(number, i, targets), "when"), target.when.build()
    for flow in (*source.flows, *source.broken_flows):
        for name, step in flow.plan.steps.items():
            if isinstance(step, When):
                yield flow.file.document, ("steps", name, "when"), step.condition


def _uses(source: TenantSource) -> Iterator[_Use]:
    for document, path, condition in conditions(source):
        for one in condition.schedules:
            yield document, (*path, "schedule", one.schedule), one.schedule
    for flow in (*source.flows, *source.broken_flows):
        for name, step in flow.plan.steps.items():
            if isinstance(step, Schedule) and step.name:
                yield flow.file.document, ("steps", name, "schedule"), step.name
            if isinstance(step, SwitchSchedule):
                yield flow.file.document, ("steps", name, "switch_schedule"), step.schedule


def _zones(source: TenantSource) -> list[ConfigError]:
    if source.schedules is None:
        return []
    problems: list[ConfigError] = []
    for name, one in source.schedules.model.schedules.items():
        try:
            ZoneInfo(one.timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            path = ("schedules", name, "timezone")
            problems.append(source.schedules.document.error(path, f"unknown time zone {one.timezone}"))
    return problems


def _calendars(source: TenantSource) -> list[ConfigError]:
    """Files that are not there or cannot be read, with the line in them that is wrong."""
    if source.schedules is None:
        return []
    document, problems = source.schedules.document, list[ConfigError]()
    for name, one in source.schedules.model.schedules.items():
        for i, calendar in enumerate(one.calendars):
            try:
                events_of(source.folder, calendar, UTC)
            except CalendarError as error:
                path = ("schedules", name, "calendars", i, "file")
                where = ConfigError(f"{source.label}/{calendar.file}", error.line, 1, "", str(error))
                problems.append(where if error.line else document.error(path, str(error)))
    return problems


def _strangers(source: TenantSource) -> list[ConfigError]:
    """Extensions that may switch and do not exist, and switchers of what has no code."""
    if source.schedules is None or source.extensions is None:
        return []
    document = source.schedules.document
    known = source.extensions.document.value.get("extensions") or {}
    problems: list[ConfigError] = []
    for name, one in source.schedules.model.schedules.items():
        path = ("schedules", name, "switched_by")
        if one.switched_by and one.code is None:
            problems.append(document.error(path, "it has no code, so nobody switches it by telephone"))
        problems += [
            document.error((*path, i), f"there is no extension {number}", did_you_mean(number, known))
            for i, number in enumerate(one.switched_by)
            if number not in known
        ]
    return problems


def _unknown(source: TenantSource) -> list[ConfigError]:
    if source.schedules is None and _FILE in source.broken:
        return []
    written = source.schedules.document.value.get("schedules") if source.schedules is not None else None
    known = list(written) if isinstance(written, dict) else []
    return [
        document.error(path, f"there is no schedule {name}", did_you_mean(name, known) or _WHERE)
        for document, path, name in _uses(source)
        if name not in known
    ]


def _never(source: TenantSource) -> list[ConfigError]:
    """Conditions on a way in which a schedule never is, unless somebody may switch it."""
    if source.schedules is None or _FILE in source.broken:
        return []
    written = source.schedules.model.schedules
    kinds = {name: opening_of(one, source.folder, UTC).kinds for name, one in written.items()}
    return [
        document.error(
            (*path, "schedule", one.schedule), f"never holds: {one.schedule} has no holidays", "write some"
        )
        for document, path, condition in conditions(source)
        for one in condition.schedules
        if one.schedule in kinds and one.meant.isdisjoint(kinds[one.schedule])
    ]


def _too_early(source: TenantSource) -> list[ConfigError]:
    """Conditions of the dial plan on what only a flow finds out."""
    if source.dialplan is None:
        return []
    return [
        document.error((*path, "verified"), _ROUTE, "put it into a step `when` behind `verify`")
        for document, path, condition in conditions(source)
        if condition.level and path[0] == "inbound"
    ]


def unpassed_headers(source: TenantSource) -> list[ConfigError]:
    """Return warnings: conditions on a header that no trunk lets pass."""
    if source.trunks is None or "trunks.yaml" in source.broken:
        return []
    rules = [trunk.headers.in_.build() for trunk in source.trunks.model.trunks.values()]
    return [
        document.error((*path, "header", one.name), f"no trunk lets the header {one.name} pass", _PASS)
        for document, path, condition in conditions(source)
        for one in condition.headers
        if not any(rule.apply(((one.name, "x"),)) for rule in rules)
    ]
