"""`pbx recordings subject`: a person's own voice out of his recorded calls (UK GDPR 15)."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage, complain, details
from pbx.cli.privacy_person import Whom, records_of
from pbx.cli.recording_disclosure import Approver, Reference, Request, line
from pbx.cli.recordings import Out
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, site
from pbx.cli.subject_archive import Archive, Wanted, hash_of
from pbx.cli.subject_search import Found, Judged, SubjectSearch
from pbx.core.errors import ParseError
from pbx.core.phone import to_e164
from pbx.lifecycle.deadline import due, parse_day, parse_stop
from pbx.lifecycle.subject import Side, Subject
from pbx.lifecycle.subject_bundle import Bundle, LeftOut
from pbx.store.database import Database

MAX_GIVEN = 500  # recordings in one archive: two calls on every working day of a year
_NOTHING = "there is no recording in which he is heard"
BASIS, RECIPIENT = "UK GDPR 15", "the data subject"
Number = Annotated[
    str, Parameter(name="--number", help="His number, or his extension: all calls are searched.")
]
Channel = Annotated[Side | None, Parameter(name="--channel", help="On which side of the calls he is.")]
Document = Annotated[Path, Parameter(name="--request", help="His request as a file: its hash is kept.")]
Received = Annotated[str, Parameter(name="--received", help="Day of the request, for the time limit.")]
Stopped = Annotated[
    tuple[str, ...],
    Parameter(name="--stopped", negative=(), help="FROM..TO WHY: he was asked, the clock stood."),
]
Extended = Annotated[bool, Parameter(name="--extended", negative=(), help="He was told of two more months.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request, as the register keeps it, and its time limit."""

    request: Document
    reference: Reference
    approver: Approver
    received: Received = ""
    stopped: Stopped = ()
    extended: Extended = False


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks: by number, by side of the calls, or by both."""

    number: Number = ""
    channel: Channel = None
    tenant: TenantName = ""


async def subject(
    *recordings: str,
    asked: Asked,
    out: Out,
    person: Person = Person(),
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Give a person the recordings in which he speaks, as a ZIP archive in which nobody else is heard."""
    if not person.number and not (recordings and person.channel):
        raise WrongUsage("give --number, or the IDs of recordings with --channel caller or callee")
    if out.exists():
        raise Refusal(f"{out} exists already")
    place, clock = site(config), _clock(asked)
    async with place.database() as database:
        search, found = await _found(place, database, person, recordings)
        wanted = _wanted(await search.judge(found), search.left_out, _request(asked))
        records = await _records(place, database, person)
        bundle = await Archive(place, database, out, search.left_out).write(wanted, clock, records)
    details(_said(bundle, out), as_json=as_json)


async def _found(
    place: Site, database: Database, person: Person, recordings: tuple[str, ...]
) -> tuple[SubjectSearch, list[Found]]:
    if not person.number:
        search = SubjectSearch(place, database, Subject(side=person.channel))
        return search, await search.named(recordings)
    tenant = place.tenant(person.tenant)
    number = to_e164(person.number, tenant.country) or person.number
    subject = Subject(number=number, side=person.channel, region=tenant.country)
    search = SubjectSearch(place, database, subject)
    return search, await (search.named(recordings) if recordings else search.called(tenant.name))


async def _records(place: Site, database: Database, person: Person) -> bytes:
    """What else is kept of whoever has the number; where several customers have it, of nobody."""
    if not person.number:
        return b""
    whom = Whom(number=person.number, tenant=person.tenant)
    try:
        return await records_of(place, database, whom)
    except Refusal as refused:
        complain(f"{refused}: `pbx privacy person` gives the rest")
        return b""


def _wanted(judged: list[Judged], left_out: list[LeftOut], request: Request) -> list[Wanted]:
    """Each with its line of the register; Refusal when there is nothing to give, or too much."""
    if not judged:
        raise Refusal("; ".join([_NOTHING, *sorted({one.why for one in left_out})]))
    if len(judged) > MAX_GIVEN:
        raise Refusal(f"{len(judged)} recordings, an archive has at most {MAX_GIVEN}: give them by ID")
    return [
        Wanted(row=one.row, given=one.given, kept=one.kept, line=line(one.row, request, "subject"))
        for one in judged
    ]


def _request(asked: Asked) -> Request:
    return Request(
        to=RECIPIENT,
        purpose="data_subject",
        basis=BASIS,
        reference=asked.reference,
        document=asked.request,
        approver=asked.approver,
        subject_told=True,
    )


def _clock(asked: Asked) -> dict[str, object]:
    """What the index says of the time limit; WrongUsage for what is no day."""
    if not asked.received:
        if asked.stopped or asked.extended:
            raise WrongUsage("--stopped and --extended need --received")
        return {}
    try:
        received = parse_day("--received", asked.received)
        stops = [parse_stop("--stopped", one) for one in asked.stopped]
    except ParseError as error:
        raise WrongUsage(str(error)) from None
    answer: date = due(received, stops, is_extended=asked.extended)
    said: dict[str, object] = {"received": received, "stopped": [asdict(one) for one in stops]}
    return said | {"extended": asked.extended, "answer_due": answer}


def _said(bundle: Bundle, out: Path) -> dict[str, object]:
    given = [{"recording": one.recording, "sha256": one.sha256} for one in bundle.given]
    left_out = [asdict(one) for one in bundle.left_out]
    size = out.stat().st_size
    answer_due = bundle.request.get("answer_due")
    clock: dict[str, object] = {}
    if isinstance(answer_due, date):
        clock = {"answer_due": answer_due.isoformat(), "late": bundle.made_at.date() > answer_due}
    return clock | {"out": out, "size": size, "sha256": hash_of(out), "given": given, "left_out": left_out}
