"""`pbx privacy complaint`: complaints about how data are used, with the clock of the law (D-14)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import Refusal, WrongUsage, details, fields, listing
from pbx.cli.recording_life import find, tell_store
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.vault import actor
from pbx.core.errors import ParseError
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.lifecycle.complaint import MAX_ABOUT, Channel, Complaint
from pbx.lifecycle.deadline import parse_day
from pbx.lifecycle.hold import LegalHold
from pbx.store.calls import CallStore
from pbx.store.complaints import ComplaintStore
from pbx.store.database import Database
from pbx.store.holds import HoldStore

app = App(name="complaint", help="Complaints about how personal data are used.")
_COLUMNS = ("complaint", "state", "acknowledge_by", "received_at", "channel", "call", "recording")
About = Annotated[str, Parameter(name="--about", help="What it says; kept sealed.")]
Contact = Annotated[str, Parameter(name="--contact", help="Whom to answer, and where; kept sealed.")]
By = Annotated[Channel, Parameter(name="--by", help="How it came.")]
OfCall = Annotated[str, Parameter(name="--call", help="The call that it is about.")]
OfRecording = Annotated[str, Parameter(name="--recording", help="The recording; held until it is closed.")]
Received = Annotated[str, Parameter(name="--received", help="The day on which it came; else today (UTC).")]
Outcome = Annotated[str, Parameter(name="--outcome", help="What came of it; kept sealed.")]
Every = Annotated[bool, Parameter(name="--all", negative=(), help="Those that are closed too.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A complaint as somebody takes it down."""

    about: About
    contact: Contact = ""
    by: By = "telephone"
    call: OfCall = ""
    recording: OfRecording = ""
    received: Received = ""


@app.command(name="open")
async def open_complaint(
    *,
    said: Said,
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Put a complaint on the record; its recording is held, so that nothing erases it meanwhile."""
    place, now = site(config), utc_now()
    complaint = Complaint(
        complaint=hex_id(SystemIds(), 8),
        tenant=place.tenant(tenant).name,
        received_at=_received(said.received, now),
        at=now,
        channel=said.by,
        about=_text("--about", said.about),
        contact=_text("--contact", said.contact) if said.contact else "",
        actor=actor(),
        call=said.call,
    )
    async with place.database() as database:
        complaint = await _linked(place, database, complaint, said.recording)
        await ComplaintStore(database, place.store_keys()).open(complaint)
    details(_row(complaint), as_json=as_json)


@app.command(name="list")
async def list_complaints(
    *, every: Every = False, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the complaints that are open, the oldest first, and until when each has to be acknowledged."""
    place = site(config)
    async with place.database() as database:
        found = await ComplaintStore(database, place.store_keys()).list(every=every)
    listing([_row(one) for one in found], _COLUMNS, as_json=as_json)


@app.command
async def show(complaint: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show one complaint with what it says."""
    place = site(config)
    async with place.database() as database:
        found = await _found(ComplaintStore(database, place.store_keys()), complaint)
    details(_row(found), as_json=as_json)


@app.command
async def acknowledge(complaint: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Note that its receipt was acknowledged to the person: the clock stops."""
    place = site(config)
    async with place.database() as database:
        store = ComplaintStore(database, place.store_keys())
        if not await store.acknowledge(await _found(store, complaint), actor(), utc_now()):
            raise Refusal(f"{complaint} was acknowledged before")
        done = await _found(store, complaint)
    details(_row(done), as_json=as_json)


@app.command
async def close(
    complaint: str, /, *, outcome: Outcome, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Note what came of it and was told to the person; its recording is held no longer for it."""
    place, said = site(config), _text("--outcome", outcome)
    async with place.database() as database:
        store = ComplaintStore(database, place.store_keys())
        found = await _found(store, complaint)
        if not await store.close(found, actor(), said, utc_now()):
            first = "was closed before" if found.closed_at is not None else "has to be acknowledged first"
            raise Refusal(f"{complaint} {first}")
        await _let_go(place, database, found)
        done = await _found(store, complaint)
    details(_row(done), as_json=as_json)


async def _linked(place: Site, database: Database, complaint: Complaint, recording: str) -> Complaint:
    """Find call and recording, and hold the recording; Refusal when there is none of that name."""
    if complaint.call:
        record = await CallStore(database, place.store_keys()).get(complaint.call)
        if record is None:
            raise Refusal(f"no call {complaint.call}")
        complaint = replace(complaint, tenant=record.tenant)
        recording = recording or (record.recording if record.recording_state == "recorded" else "")
    if not recording:
        return complaint
    row = await find(database, recording)
    if complaint.call and row.call != complaint.call:
        raise WrongUsage(f"--recording {recording} is not of call {complaint.call}")
    hold = LegalHold(
        hold=hex_id(SystemIds()),
        recording=row.recording,
        tenant=row.tenant,
        case=f"complaint {complaint.complaint}",
        reason="a complaint is open",
        actor=complaint.actor,
        since_at=complaint.at,
    )
    holds = HoldStore(database)
    if not await holds.place(hold):
        raise Refusal(f"{row.recording} is being erased: it is too late to hold it, name the call alone")
    await tell_store(place, holds)
    return replace(complaint, tenant=row.tenant, call=row.call, recording=row.recording, hold=hold.hold)


async def _let_go(place: Site, database: Database, complaint: Complaint) -> None:
    holds = HoldStore(database)
    of_recording = await holds.of(complaint.recording) if complaint.hold else []
    for hold in of_recording:
        if hold.hold == complaint.hold and hold.stands:
            await holds.release(hold, actor(), "the complaint is closed", utc_now())
            await tell_store(place, holds)


async def _found(store: ComplaintStore, complaint: str) -> Complaint:
    found = await store.get(complaint)
    if found is None:
        raise Refusal(f"no complaint {complaint}: `pbx privacy complaint list --all` has them")
    return found


def _row(complaint: Complaint) -> dict[str, object]:
    said = {"state": complaint.state(utc_now()), "acknowledge_by": complaint.acknowledge_by.isoformat()}
    return fields(complaint) | said


def _received(day: str, now: datetime) -> datetime:
    if not day:
        return now
    try:
        at = datetime.combine(parse_day("--received", day), time(), UTC)
    except ParseError as error:
        raise WrongUsage(str(error)) from None
    if at > now:
        raise WrongUsage(f"--received {day}: that day has not come yet")
    return at


def _text(option: str, text: str) -> str:
    stripped = text.strip()
    if not 0 < len(stripped) <= MAX_ABOUT or not stripped.replace("\n", " ").isprintable():
        raise WrongUsage(f"{option} needs 1 to {MAX_ABOUT} printable characters")
    return stripped
