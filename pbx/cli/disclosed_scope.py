"""DisclosedScope: what a request asks for and what of it is allowed, so that nothing else is given."""

from dataclasses import dataclass, replace
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage
from pbx.cli.site import Site
from pbx.core.errors import ParseError
from pbx.core.phone import to_e164
from pbx.lifecycle.disclosure import Disclosure
from pbx.lifecycle.scope import Scope, parse_scope
from pbx.recording.effects import FinishedRecording
from pbx.store.calls import CallStore
from pbx.store.database import Database

Asked = Annotated[str, Parameter(name="--asked", help="Of which time they ask for calls: FROM..TO, days.")]
Whose = Annotated[str, Parameter(name="--asked-number", help="Whose: a number or extension; else anybody's.")]
Granted = Annotated[
    str, Parameter(name="--granted", help="What of that time is allowed: FROM..TO; else all of it.")
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedScope:
    """The recording has to begin within --asked, and within --granted, and be of --asked-number."""

    asked: Asked
    asked_number: Whose = ""
    granted: Granted = ""

    def scopes(self, place: Site, tenant: str) -> tuple[Scope, Scope]:
        """Return what is asked and what is granted; WrongUsage for what is no scope, or grants more."""
        party = self._party(place, tenant)
        try:
            asked = parse_scope("--asked", self.asked, party)
            granted = parse_scope("--granted", self.granted, party) if self.granted else asked
        except ParseError as error:
            raise WrongUsage(str(error)) from None
        if not granted.within(asked):
            raise WrongUsage(f"--granted {granted.words}: no more than {asked.words} is asked for")
        return asked, granted

    def _party(self, place: Site, tenant: str) -> str:
        one = place.tenant(tenant)
        if not self.asked_number or self.asked_number in one.extensions:
            return self.asked_number
        e164 = to_e164(self.asked_number, one.country)
        if e164 is None:
            raise WrongUsage(f"--asked-number {self.asked_number}: neither an extension nor a number")
        return e164


async def scoped(
    place: Site, database: Database, row: FinishedRecording, what: tuple[Disclosure, DisclosedScope]
) -> Disclosure:
    """Return the line with its scope; Refusal when the recording is outside of what was granted."""
    line, written = what
    asked, granted = written.scopes(place, row.tenant)
    if not granted.has(row.started_at, await _parties(place, database, row)):
        raise Refusal(f"{row.recording} is outside of what is granted, {granted}: it is not given")
    return replace(line, scope_asked=str(asked), scope_granted=str(granted))


async def _parties(place: Site, database: Database, row: FinishedRecording) -> frozenset[str]:
    """Numbers and extensions of the call, as its record has them."""
    record = await CallStore(database, place.store_keys()).get(row.call)
    if record is None:
        return frozenset()
    legs = {number for leg in record.legs for number in (leg.number, leg.party.partition("/")[2])}
    called = to_e164(record.called, place.tenant(row.tenant).country) or record.called
    return frozenset({record.caller_number, called, *legs} - {""})
