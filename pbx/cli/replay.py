"""`pbx replay`: the calls of a time by the plan in the files, or by a version, and what would differ."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from cyclopts import Parameter

from pbx.assembly.plan_tests import rehearsal_plans
from pbx.call.record import CallRecord
from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, print_json, printable
from pbx.cli.plans import frozen, places_of, version_of
from pbx.cli.progress import Bar
from pbx.cli.site import CONFIG, MAX_LISTED, AsJson, ConfigDir, Limit, Site, edited
from pbx.config.load import load
from pbx.core.errors import ParseError
from pbx.core.io.clock import utc_now
from pbx.lifecycle.deadline import parse_day
from pbx.rehearsal.rehearsal import stage_plan
from pbx.rehearsal.replay import Compared, Group, grouped, replay_call
from pbx.store.calls import CallStore
from pbx.versions.io.folders import PlanFolders

LIMIT = 1000  # about ten seconds
MAX_DAYS = 3650  # nobody keeps calls for longer
_SPAN = re.compile(r"([0-9]{1,5}) ?(min|h|d)", re.ASCII)
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_EXTENTS = {"end": "to the end", "step": "to step", "target": "to the first target", "nothing": "not at all"}
WHATS = {
    "target": "another target",
    "refusal": "refused, or otherwise",
    "path": "other steps",
    "called": "others are called",
    "answer": "who answered is not reached",
}

Since = Annotated[
    str, Parameter(help="Calls of so long (7d, 12h, 30min), or from this day (UTC) on: 2026-05-03.")
]
Whose = Annotated[str, Parameter(name="--tenant", help="Of one tenant; else of all.")]
Of = Annotated[int | None, Parameter(name="--version", help="By the plan of a version; else by the files.")]


async def replay(
    *,
    since: Since = "7d",
    version: Of = None,
    tenant: Whose = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """Play the calls of the last days by the files; exit code 1 when one would go otherwise."""
    since_at = moment(since, utc_now())
    place = edited(config) if version is None else await _of_version(config, version)
    if tenant:
        place.tenant(tenant)
    records, is_more = await _kept(place, since_at, tenant, limit)
    if not records:
        raise Refusal(f"there is no call since {since_at:%Y-%m-%d %H:%M} UTC: see --since")
    compared = _played(place, records)
    by = "the files" if version is None else f"version {version}"
    if as_json:
        _print_json(compared, by, since_at, is_more=is_more)
    else:
        _print(compared, by, since_at, is_more=is_more)
    return REFUSED if any(one.turn is not None for one in compared) else DONE


def moment(since: str, now: datetime) -> datetime:
    """Return when a time begins that is written as `7d`, `12h`, `30min` or as a day; else WrongUsage."""
    found = _SPAN.fullmatch(since)
    if found is None:
        try:
            return datetime.combine(parse_day("--since", since), time(), UTC)
        except ParseError:
            raise WrongUsage(f"--since {since!r}: write 7d, 12h, 30min or a day such as 2026-05-03") from None
    span = int(found[1]) * _UNITS[found[2]]
    if not timedelta() < span <= timedelta(days=MAX_DAYS):
        raise WrongUsage(f"--since {since}: more than nothing, and at most {MAX_DAYS}d")
    return now - span


async def _of_version(config: ConfigDir, number: int) -> Site:
    directory, places = places_of(config)
    _, snapshot = await version_of(directory, places, number)
    folder, _ = frozen(PlanFolders(places, directory), directory, snapshot)
    return Site(configuration=load(folder, os.environ), places=places)


async def _kept(place: Site, since_at: datetime, tenant: str, limit: int) -> tuple[list[CallRecord], bool]:
    """The newest calls since a time, newest first, and whether older ones of it are left out."""
    n_read = MAX_LISTED if tenant else min(limit + 1, MAX_LISTED)
    async with place.database() as database:
        found = await CallStore(database, place.store_keys()).list(n_read)
    wanted = [one for one in found if one.offered_at >= since_at and (not tenant or one.tenant == tenant)]
    is_cut = len(found) == MAX_LISTED and found[-1].offered_at >= since_at
    return wanted[:limit], is_cut or len(wanted) > limit


def _played(place: Site, records: Sequence[CallRecord]) -> list[Compared]:
    tenants = place.configuration.tenants
    plans = {name: stage_plan(plan) for name, plan in rehearsal_plans(place.configuration).items()}
    compared: list[Compared] = []
    with Bar("playing calls", len(records)) as bar:
        for record in records:
            compared.append(replay_call(record, tenants.get(record.tenant), plans.get(record.tenant)))
            bar.advance(1)
    return compared


def _counted(compared: Sequence[Compared]) -> dict[str, int]:
    differ = sum(one.turn is not None for one in compared)
    unknown = sum(one.extent == "nothing" for one in compared)
    as_before = len(compared) - differ - unknown
    return {"calls": len(compared), "as_before": as_before, "differ": differ, "not_compared": unknown}


def _extents(compared: Sequence[Compared]) -> list[tuple[str, str, int]]:
    """How far calls that do not differ could be compared, and why no further; most calls first."""
    told = Counter(
        (f"{_EXTENTS[one.extent]}{f' {one.until}' if one.until else ''}", one.why)
        for one in compared
        if one.turn is None
    )
    return [(extent, why, calls) for (extent, why), calls in told.most_common()]


def _print(compared: Sequence[Compared], by: str, since_at: datetime, *, is_more: bool) -> None:
    n = _counted(compared)
    print(
        f"{_calls(n['calls'])} since {since_at:%Y-%m-%d %H:%M} UTC by {by}: {n['as_before']} as before,"
        f" {n['differ']} differ, {n['not_compared']} cannot be compared"
    )
    if is_more:
        print("older calls of that time are left out: see --limit")
    for group in grouped(compared):
        for line in _told(group):
            print(line)
    if n["differ"] < n["calls"]:
        print("\nhow far those could be compared that do not differ:")
    for extent, why, calls in _extents(compared):
        print(printable(f"{calls} {extent}{f': {why}' if why else ''}"))


def _calls(number: int) -> str:
    return f"{number} call{'' if number == 1 else 's'}"


def _told(group: Group) -> list[str]:
    """A blank line, what differs, where that is written, and some calls."""
    turn = group.turn
    lines = [f"{group.tenant}, {_calls(group.calls)}: {WHATS[turn.what]}"]
    for word, said, place in (("was", turn.before, turn.before_place), ("now", turn.now, turn.now_place)):
        lines.append(f"{word} {f'{place}: ' if place else ''}{said}")
    lines.append(f"such as {', '.join(group.examples)}")
    first, *others = map(printable, lines)
    return ["", first, *(f"  {line}" for line in others)]


def _print_json(compared: Sequence[Compared], by: str, since_at: datetime, *, is_more: bool) -> None:
    print_json(
        {
            "since": since_at,
            "plan": by,
            **_counted(compared),
            "older_left_out": is_more,
            "groups": [
                {
                    "tenant": group.tenant,
                    **asdict(group.turn),
                    "calls": group.calls,
                    "examples": group.examples,
                }
                for group in grouped(compared)
            ],
            "compared": [
                {"extent": extent, "why": why, "calls": calls} for extent, why, calls in _extents(compared)
            ],
        }
    )
