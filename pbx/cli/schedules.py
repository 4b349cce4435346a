"""`pbx schedule`: how the opening hours are now; open or close by hand, or go back to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import Refusal, details, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.vault import actor
from pbx.config.models import Tenant
from pbx.config.plan_tests import local_time
from pbx.config.read import did_you_mean
from pbx.core.io.clock import utc_now
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Position, Schedules, Switched, Switches
from pbx.store.switches import SwitchStore

app = App(name="schedule", help="Opening hours: how they are now, and opening or closing by hand.")
_COLUMNS = ("tenant", "schedule", "state", "hours_say", "hours_change", "switched_by", "until", "code")
Until = Annotated[
    str, Parameter(name="--until", help='Until when, as "2026-12-25 10:00"; else until somebody switches it.')
]
At = Annotated[str, Parameter(name="--at", help='As of when, as "2026-12-25 10:00"; else now.')]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """One schedule at a moment, its times in the zone of its own."""

    tenant: Tenant
    schedule: Schedule
    switches: Switches
    at: datetime

    def row(self) -> dict[str, object]:
        one, known = self.schedule, {self.schedule.name: self.schedule}
        now = Schedules(tenant=self.tenant.name, schedules=known, switches=self.switches)
        switched = self.switches.of(self.tenant.name, one.name, self.at)
        return {
            "tenant": self.tenant.name,
            "schedule": one.name,
            "state": now.state(one.name, self.at).kind,
            "hours_say": _named(one, self.at),
            "hours_change": self._local(one.next_change(self.at)),
            "switched_by": switched.by if switched is not None else "",
            "until": self._local(switched.until) if switched is not None else "",
            "code": one.code,
        }

    def _local(self, moment: datetime | None) -> str:
        return moment.astimezone(self.schedule.zone).isoformat(timespec="minutes") if moment else ""


def _named(schedule: Schedule, at: datetime) -> str:
    state = schedule.at(at)
    return f"{state.kind} {state.name}".strip()


@app.default
@app.command(name="list")
async def list_schedules(
    *, tenant: TenantName = "", at: At = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the schedules: how each is, what its hours say, and when they change."""
    place = site(config)
    switches = await _switches(place)
    tenants = [place.tenant(tenant)] if tenant else list(place.configuration.tenants.values())
    rows = [
        _View(tenant=one, schedule=schedule, switches=switches, at=_moment(at, schedule.zone)).row()
        for one in tenants
        for schedule in one.schedules.values()
    ]
    listing(rows, _COLUMNS, as_json=as_json)


@app.command
async def show(
    schedule: str,
    /,
    *,
    tenant: TenantName = "",
    at: At = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Show one SCHEDULE with its hours."""
    place = site(config)
    whose, one = _chosen(place, tenant, schedule)
    view = _View(tenant=whose, schedule=one, switches=await _switches(place), at=_moment(at, one.zone))
    hours = {day: [_span(*span) for span in spans] for day, spans in one.opening.spans.items()}
    row = view.row() | {"title": one.title, "timezone": str(one.zone), "place": one.place}
    details(row | {"hours": hours if as_json else _in_words(hours)}, as_json=as_json)


@app.command(name="open")
async def open_(
    schedule: str,
    /,
    *,
    until: Until = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Open SCHEDULE by hand, whatever its hours say."""
    await _switch((tenant, schedule), ("open", until), as_json=as_json, config=config)


@app.command
async def close(
    schedule: str,
    /,
    *,
    until: Until = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Close SCHEDULE by hand, whatever its hours say."""
    await _switch((tenant, schedule), ("closed", until), as_json=as_json, config=config)


@app.command
async def auto(
    schedule: str, /, *, tenant: TenantName = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Let SCHEDULE go by its hours again."""
    await _switch((tenant, schedule), (None, ""), as_json=as_json, config=config)


async def _switch(
    which: tuple[str, str], to: tuple[Position | None, str], *, as_json: bool, config: ConfigDir
) -> None:
    place, now = site(config), utc_now()
    whose, one = _chosen(place, *which)
    position, until = to
    end = _moment(until, one.zone) if until else None
    if end is not None and end <= now:
        raise Refusal(f"--until {until}: that is over")
    by = f"operator/{actor()}"
    switched = Switched(position=position, by=by, at=now, until=end) if position is not None else None
    async with place.new_database() as database:
        await SwitchStore(database).keep((whose.name, one.name), switched, by, now)
    switches = Switches()
    switches.note(whose.name, one.name, switched)
    details(_View(tenant=whose, schedule=one, switches=switches, at=now).row(), as_json=as_json)


async def _switches(place: Site) -> Switches:
    """What is switched by hand; nothing where the PBX has never run."""
    switches = Switches()
    if place.database_file.is_file():
        async with place.database() as database:
            switches.restore(await SwitchStore(database).all())
    return switches


def _chosen(place: Site, tenant: str, name: str) -> tuple[Tenant, Schedule]:
    whose = place.tenant(tenant)
    if name not in whose.schedules:
        known = ", ".join(whose.schedules) or "none"
        hint = did_you_mean(name, whose.schedules) or f"there is {known}"
        raise Refusal(f"tenant {whose.name} has no schedule {name} ({hint})")
    return whose, whose.schedules[name]


def _moment(written: str, zone: tzinfo) -> datetime:
    """A time in the zone of a schedule; "" = now."""
    if not written:
        return utc_now()
    try:
        return local_time(written).replace(tzinfo=zone).astimezone(UTC)
    except ValueError as error:
        raise Refusal(f"{written}: {error}") from error


def _span(begin: time, end: time | None) -> str:
    return f"{begin:%H:%M}-{end:%H:%M}" if end is not None else f"{begin:%H:%M}-24:00"


def _in_words(hours: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{day} {', '.join(spans)}" for day, spans in hours.items() if spans)
