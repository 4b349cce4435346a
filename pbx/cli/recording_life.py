"""`pbx recordings hold | release | holds`: what keeps a recording from being erased."""

from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage, details, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, site
from pbx.cli.vault import actor
from pbx.core.errors import ParseError
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.lifecycle.hold import LegalHold
from pbx.lifecycle.io.object_holds import settle
from pbx.lifecycle.words import worded
from pbx.recording.effects import FinishedRecording
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore
from pbx.store.holds import HoldStore
from pbx.store.recordings import SqlRecordingLedger

Reason = Annotated[str, Parameter(name="--reason", help="Why; kept on the record.")]
Case = Annotated[str, Parameter(name="--case", help="The matter that this is for, as your files name it.")]
OneCase = Annotated[str, Parameter(name="--case", help="Only the hold of this case.")]
Every = Annotated[bool, Parameter(name="--all", negative=(), help="Those that were released too.")]
_COLUMNS = ("recording", "tenant", "case", "since_at", "actor", "object_hold", "released_at")


async def hold(
    recording: str, /, *, reason: Reason, case: Case, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Put a legal hold on a recording: nothing erases it or its key until the hold is released."""
    place, why, matter = site(config), word("--reason", reason), word("--case", case)
    async with place.database() as database:
        row = await find(database, recording)
        holds = HoldStore(database)
        if any(one.stands and one.case == matter for one in await holds.of(recording)):
            raise Refusal(f"{recording} is held for {matter} already")
        placed = LegalHold(
            hold=hex_id(SystemIds()),
            recording=recording,
            tenant=row.tenant,
            case=matter,
            reason=why,
            actor=actor(),
            since_at=utc_now(),
        )
        if not await holds.place(placed):
            raise Refusal(f"{recording} is being erased: it is too late for a hold")
        await tell_store(place, holds)
        (kept,) = [one for one in await holds.of(recording) if one.hold == placed.hold]
    details(fields(kept), as_json=as_json)


async def release(
    recording: str,
    /,
    *,
    reason: Reason,
    case: OneCase = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Release the legal holds of a recording; an erasure that they stopped goes on within a minute."""
    place, why = site(config), word("--reason", reason)
    async with place.database() as database:
        holds = HoldStore(database)
        wanted = [one for one in await holds.of(recording) if one.stands and case.strip() in ("", one.case)]
        if not wanted:
            raise Refusal(f"{recording} is not held{f' for {case.strip()}' if case.strip() else ''}")
        for one in wanted:
            await holds.release(one, actor(), why, utc_now())
        await tell_store(place, holds)
        every = await holds.of(recording)
    released = {one.hold for one in wanted}
    listing([fields(one) for one in every if one.hold in released], _COLUMNS, as_json=as_json)


async def holds(*, every: Every = False, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the legal holds that stand, oldest first."""
    async with site(config).database() as database:
        found = await HoldStore(database).list(every=every)
    listing([fields(one) for one in found], _COLUMNS, as_json=as_json)


async def find(database: Database, recording: str) -> FinishedRecording:
    """Return a recording that can be opened; Refusal when there is none."""
    row = await SqlRecordingLedger(database).get(recording)
    if row is None:
        if recording in [one.recording for one in await SqlRecordingLedger(database).keyless()]:
            raise Refusal(f"the key of {recording} is lost: see `pbx recordings reconcile`")
        erasure = await ErasureStore(database).get(recording)
        gone = f"{recording} is erased or shredded: see `pbx recordings receipt {recording}`"
        raise Refusal(f"no recording {recording}" if erasure is None else gone)
    return row


async def refuse_held(database: Database, recording: str) -> None:
    """Refusal when a hold forbids what is asked."""
    cases = [one.case for one in await HoldStore(database).of(recording) if one.stands]
    if cases:
        raise Refusal(f"{recording} is under legal hold for {', '.join(cases)}: nothing of it is erased")


def word(name: str, text: str) -> str:
    """Return text for the record; WrongUsage when it is missing or too long."""
    try:
        return worded(name, text)
    except ParseError as error:
        raise WrongUsage(str(error)) from None


async def tell_store(place: Site, holds: HoldStore) -> None:
    """A store that is away is told by the running PBX, within a minute of its return."""
    await settle(holds, place.objects())


COMMANDS = (hold, release, holds)
