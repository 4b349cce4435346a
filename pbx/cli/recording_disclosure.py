"""`pbx recordings disclose | disclosures`: what is given to third parties, and the register of it."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.disclosed_form import DisclosedAs
from pbx.cli.disclosed_pack import pack_pieces, sealed
from pbx.cli.disclosed_scope import DisclosedScope, scoped
from pbx.cli.evidence import archive_of
from pbx.cli.evidence_part import fill, folder_beside
from pbx.cli.output import Refusal, WrongUsage, complain, details, fields, listing
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.recording_life import find, word
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, Site, site
from pbx.cli.time_span import Span
from pbx.cli.vault import actor, file_key, vault
from pbx.core.errors import ParseError
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.disclosure import DisclosedForm, Disclosure, Purpose, approved
from pbx.recording.age import Recipient
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import reader
from pbx.recording.io.object_store import ObjectStore
from pbx.store.database import Database
from pbx.store.disclosures import DisclosureStore

MAX_DOCUMENT = 64 << 20  # octets of the request; a scanned bundle of a court has 20 MiB
To = Annotated[str, Parameter(name="--to", help="Who gets it: the body and the person who asks.")]
Why = Annotated[Purpose, Parameter(name="--purpose", help="What they want it for.")]
Basis = Annotated[str, Parameter(name="--basis", help="The law or the order that requires or permits it.")]
Reference = Annotated[str, Parameter(name="--reference", help="Their reference.")]
Document = Annotated[Path, Parameter(name="--document", help="Their request as a file: its hash is kept.")]
Approver = Annotated[str, Parameter(name="--approver", help="Who has allowed it; not you.")]
Told = Annotated[bool, Parameter(name="--subject-told", negative=(), help="The persons heard know of it.")]
Only = Annotated[str, Parameter(help="Only those of one recording, also of one that is erased.")]
_COLUMNS = ("disclosure", "recording", "at", "purpose", "recipient", "reference", "approver", "served_at")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a third party asks for, and by which right."""

    to: To
    purpose: Why
    basis: Basis
    reference: Reference
    document: Document
    approver: Approver
    subject_told: Told = False


async def disclose(
    recording: str,
    /,
    *,
    request: Request,
    scope: DisclosedScope,
    given: DisclosedAs = DisclosedAs(),  # noqa: B008 - frozen
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Give a recording to a third party, restricted ones too; the register has a line before that."""
    place, form, recipient, span = site(config), given.form(request.purpose), given.recipient, given.span
    if given.out is not None and given.out.exists():
        raise Refusal(f"{given.out} exists already")
    async with place.database() as database:
        row = await find(database, recording)
        if span is not None:
            span.within(row)
        asked = replace(line(row, request, form), span=span.words if span is not None else "")
        asked = await scoped(place, database, row, (asked, scope))
        if not await DisclosureStore(database).begin(asked):
            raise Refusal(f"the key of {row.recording} is gone: there is nothing to disclose")
        if given.out is not None:
            asked = await _give(place, database, row, (asked, recipient, given.out, span))
    details(fields(asked), as_json=as_json)
    if given.out is None:
        complain(f"now: pbx recordings link {recording} --disclosure {asked.disclosure}")


async def disclosures(
    recording: Only = "", /, *, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """List the register, newest first; without `served_at` nothing has left the house."""
    async with site(config).database() as database:
        found = await DisclosureStore(database).list(limit, recording)
    listing([fields(one) for one in found], _COLUMNS, as_json=as_json)


async def _give(
    place: Site,
    database: Database,
    row: FinishedRecording,
    what: tuple[Disclosure, Recipient | None, Path, Span | None],
) -> Disclosure:
    """The line is there; the file beside, its hash into the line, the file under its name: in this order."""
    asked, recipient, out, span = what
    new = out.with_name(f"{out.name}.new")
    try:
        if span is not None:
            why = f"disclosure {asked.disclosure}"
            digest, size, told = await _write_part(place, row, new, ((span, why), recipient))
        else:
            (digest, size), told = await _write_whole(place, row, new, (asked, recipient, out)), ""
        given = replace(asked, sha256=digest, size=size, span=told, served_at=utc_now())
        await DisclosureStore(database).serve(given, given.served_at or asked.at)
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)
    return given


async def _write_whole(
    place: Site, row: FinishedRecording, new: Path, what: tuple[Disclosure, Recipient | None, Path]
) -> tuple[str, int]:
    asked, recipient, out = what
    with vault(place.places) as client:
        key = await file_key(client, row, f"disclosure {asked.disclosure}")
    if asked.form in ("evidence", "evidence_age"):
        return await _write(new, pack_pieces(place, row, (key, recipient), out))
    with Bar("disclosing", row.size) as bar:
        return await _write(new, _pieces(row, WatchedStore(place.objects(), bar), (key, recipient)))


async def _write_part(
    place: Site, row: FinishedRecording, new: Path, how: tuple[tuple[Span, str], Recipient | None]
) -> tuple[str, int, str]:
    """A pack of the part as a ZIP archive, for one recipient alone if there is one."""
    asked, recipient = how
    with folder_beside(new) as folder:
        pack, archive = folder / new.stem, folder / f"{new.stem}.zip"
        pack.mkdir(mode=0o700)
        part = await fill(place, row, pack, asked)
        archive_of(pack, archive)
        digest, size = await _write(new, sealed(archive, recipient))
    return digest, size, part.seconds


def _pieces(
    row: FinishedRecording, objects: ObjectStore, keys: tuple[Secret[bytes], Recipient | None]
) -> AsyncIterator[bytes]:
    key, recipient = keys
    if recipient is None:
        return reader.wav_pieces(row, objects, key)
    return reader.pieces_for(row, objects, (key, recipient, SystemIds()))


async def _write(path: Path, pieces: AsyncIterator[bytes]) -> tuple[str, int]:
    digest, size = sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        async for piece in pieces:
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return digest.hexdigest(), size


def line(row: FinishedRecording, request: Request, form: DisclosedForm) -> Disclosure:
    """Return a new line of the register; WrongUsage when something is missing, or nobody else approves it."""
    asked = Disclosure(
        disclosure=hex_id(SystemIds()),
        recording=row.recording,
        tenant=row.tenant,
        recipient=word("--to", request.to),
        basis=word("--basis", request.basis),
        reference=word("--reference", request.reference),
        purpose=request.purpose,
        document_sha256=_hash(request.document),
        approver=word("--approver", request.approver),
        actor=actor(),
        form=form,
        at=utc_now(),
        subject_told=request.subject_told,
    )
    try:
        return approved(asked)
    except ParseError as error:
        raise WrongUsage(str(error)) from None


def _hash(document: Path) -> str:
    """OSError when it is not there; a document that is too long is no request."""
    size = document.stat().st_size
    if not 0 < size <= MAX_DOCUMENT:
        raise WrongUsage(f"--document: {document} has {size} octets, it needs 1 to {MAX_DOCUMENT}")
    return sha256(document.read_bytes()).hexdigest()
