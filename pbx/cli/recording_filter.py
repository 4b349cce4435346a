"""Which recordings a listing is about: of whom, of which customer, of which days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage
from pbx.cli.site import Site, TenantName
from pbx.core.errors import ParseError
from pbx.core.phone import to_e164
from pbx.lifecycle.deadline import parse_day
from pbx.lifecycle.subject import Subject
from pbx.recording.effects import FinishedRecording
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger

Number = Annotated[str, Parameter(name="--number", help="In which this number took part.")]
Extension = Annotated[str, Parameter(name="--extension", help="In which this extension took part.")]
Customer = Annotated[
    str, Parameter(name="--customer", help="Of this customer, as `pbx calls show` names him.")
]
Since = Annotated[str, Parameter(name="--since", help="Begun on this day (UTC) or later: 2026-05-03.")]
Until = Annotated[str, Parameter(name="--until", help="Begun on this day (UTC) or before.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """All of what is given has to fit."""

    number: Number = ""
    extension: Extension = ""
    customer: Customer = ""
    since: Since = ""
    until: Until = ""
    tenant: TenantName = ""

    @property
    def days(self) -> tuple[datetime | None, datetime | None]:
        """From when, and before when; WrongUsage for what is no day."""
        try:
            since = parse_day("--since", self.since) if self.since else None
            until = parse_day("--until", self.until) if self.until else None
        except ParseError as error:
            raise WrongUsage(str(error)) from None
        if since is not None and until is not None and until < since:
            raise WrongUsage(f"--until {until} is before --since {since}")
        return _midnight(since), _midnight(until + timedelta(days=1) if until is not None else None)


EVERYTHING = Filter()


async def wanted(place: Site, database: Database, asked: Filter, limit: int) -> list[FinishedRecording]:
    """Return the newest recordings that fit, newest first.

    Numbers are encrypted in the database, so for one of them all call records of the tenant are opened.
    """
    since, before = asked.days
    ledger = SqlRecordingLedger(database)
    if not (asked.number or asked.extension):
        tenant = place.tenant(asked.tenant).name if asked.tenant else ""
        return await ledger.search(limit, tenant=tenant, customer=asked.customer, since=since, before=before)
    rows, _ = await of_person(place, database, asked)
    if asked.customer:
        his = {row.recording for row in await ledger.search(customer=asked.customer)}
        rows = [row for row in rows if row.recording in his]
    return [row for row in reversed(rows) if _within(row.started_at, since, before)][:limit]


async def of_person(
    place: Site, database: Database, asked: Filter
) -> tuple[list[FinishedRecording], list[str]]:
    """Return every recording of the calls that a number or an extension took part in, oldest first.

    And the names of those that there are not any more.
    """
    from pbx.cli.subject_search import SubjectSearch  # no other listing opens call records

    if asked.number and asked.extension:
        raise WrongUsage("give --number or --extension: a call is looked for by one of them")
    tenant = place.tenant(asked.tenant)
    if asked.extension and asked.extension not in tenant.extensions:
        raise Refusal(f"{tenant.name} has no extension {asked.extension}")
    number = asked.extension or to_e164(asked.number, tenant.country) or asked.number
    search = SubjectSearch(place, database, Subject(number=number, region=tenant.country))
    found = await search.called(tenant.name)
    return [one.row for one in found], [one.recording for one in search.left_out]


def _within(at: datetime, since: datetime | None, before: datetime | None) -> bool:
    return (since is None or since <= at) and (before is None or at < before)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day is not None else None
