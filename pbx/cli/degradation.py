"""`pbx degradation`: what calls do while a part is away that they depend on, and which parts are away now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import DONE, REFUSED, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.config.contract import Clause, contract
from pbx.config.places import Places
from pbx.core.alarm import StandingAlarm
from pbx.core.dependency import ALARMS
from pbx.core.io.alarms import AlarmFolder
from pbx.core.io.ready import serving_pid
from pbx.recording.watermarks import Level
from pbx.runner import spool_watch

COLUMNS = ("dependency", "state", "calls", "written")
OneTenant = Annotated[str, Parameter(name="--tenant", help="Only that one; else all of them.")]
OnlyAway = Annotated[bool, Parameter(name="--away", negative=(), help="Only what is away now.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A clause of a tenant's contract, and how its part is now: up, away, or unknown while nothing runs."""

    tenant: str
    dependency: str
    state: str
    since_at: datetime | None
    reason: str
    calls: str
    written: str


def degradation(
    *,
    tenant: OneTenant = "",
    only_away: OnlyAway = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Say what calls do without each part, and which parts are away; exit code 1 while one is."""
    place = site(config)
    tenants = [place.tenant(tenant)] if tenant else list(place.configuration.tenants.values())
    serves, standing = serving_pid(place.places.ready) is not None, _standing(place.places)
    lines = [
        _line(one.name, clause, standing, serves=serves)
        for one in tenants
        for clause in contract(place.configuration, one)
    ]
    shown = [line for line in lines if line.state == "away" or not only_away]
    columns = COLUMNS if len(tenants) == 1 else ("tenant", *COLUMNS)
    listing([fields(line) if as_json else _row(line) for line in shown], columns, as_json=as_json)
    return REFUSED if any(line.state == "away" for line in lines) else DONE


def _line(tenant: str, clause: Clause, standing: Sequence[StandingAlarm], *, serves: bool) -> Line:
    found = [
        one for one in standing if one.alarm in ALARMS[clause.dependency] or one.alarm == clause.dependency
    ]
    first = next(iter(found), None)
    return Line(
        tenant=tenant,
        dependency=clause.dependency,
        state="away" if found else "up" if serves else "unknown",
        since_at=None if first is None else first.since_at,
        reason="; ".join(one.text for one in found),
        calls=clause.calls,
        written=clause.written,
    )


def _row(line: Line) -> dict[str, object]:
    since = "" if line.since_at is None else f" since {line.since_at:%Y-%m-%d %H:%M:%S}: {line.reason}"
    return fields(line) | {"state": f"{line.state}{since}"}


def _standing(places: Places) -> list[StandingAlarm]:
    """The alarms that processes have left, and a spool that takes nothing more."""
    return [*AlarmFolder(places.alarms).standing(), *_full_spool(places)]


def _full_spool(places: Places) -> Iterator[StandingAlarm]:
    state = spool_watch.read(places.spool_state)
    if state is not None and state.level is Level.FULL:
        yield StandingAlarm(alarm="spool", since_at=state.since_at, text=f"{state.used_percent} % is used")
