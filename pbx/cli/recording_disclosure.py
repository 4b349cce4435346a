"""`pbx recordings disclose | disclosures`: what is given to third parties, and the register of it."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.evidence import archive_of
from pbx.cli.evidence_part import fill, folder_beside
from pbx.cli.output import Refusal, WrongUsage, details, fields, listing
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.recording_life import find, word
from pbx.cli.recordings import Out
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Limit, Site, site
from pbx.cli.time_span import Span, span_of
from pbx.cli.vault import actor, file_key, vault
from pbx.core.errors import ParseError
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.disclosure import DisclosedForm, Disclosure, Purpose, approved
from pbx.recording.age import (
    FILE_KEY_SIZE,
    NONCE_SIZE,
    PayloadEncryptor,
    Recipient,
    build_header,
    parse_recipient,
)
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import reader
from pbx.recording.io.object_store import ObjectStore
from pbx.store.database import Database
from pbx.store.disclosures import DisclosureStore

_BLOCK = 1 << 20
MAX_DOCUMENT = 64 << 20  # octets of the request; a scanned bundle of a court has 20 MiB
To = Annotated[str, Parameter(name="--to", help="Who gets it: the body and the person who asks.")]
Why = Annotated[Purpose, Parameter(name="--purpose", help="What they want it for.")]
Basis = Annotated[str, Parameter(name="--basis", help="The law or the order that requires or permits it.")]
Reference = Annotated[str, Parameter(name="--reference", help="Their reference.")]
Document = Annotated[Path, Parameter(name="--document", help="Their request as a file: its hash is kept.")]
Approver = Annotated[str, Parameter(name="--approver", help="Who has allowed it; not you.")]
Key = Annotated[str, Parameter(name="--key", help="Their age key (age1...): nobody else can open the file.")]
Plain = Annotated[bool, Parameter(name="--plain", negative=(), help="They have no key: a WAV file.")]
Part = Annotated[str, Parameter(name="--part", help="Only FROM-TO of it, 12:30-14:05, as evidence.")]
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


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedAs:
    """In which form a third party gets it."""

    key: Key = ""
    plain: Plain = False
    part: Part = ""

    @property
    def span(self) -> Span | None:
        """Return the part that is given; WrongUsage when it is none."""
        start, dash, end = self.part.partition("-")
        span = span_of(start, end)
        if self.part and (span is None or not dash):
            raise WrongUsage(f"--part {self.part}: write FROM-TO, such as 12:30-14:05, 90- or -90")
        return span


WITHOUT_KEY = DisclosedAs()


async def disclose(
    recording: str,
    /,
    *,
    request: Request,
    out: Out,
    how: DisclosedAs = WITHOUT_KEY,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Give a recording to a third party, restricted ones too; the register has a line before that."""
    place, recipient, span = site(config), _key(how.key, plain=how.plain), how.span
    if out.exists():
        raise Refusal(f"{out} exists already")
    async with place.database() as database:
        row = await find(database, recording)
        if span is not None:
            span.within(row)
        form: DisclosedForm = "age" if recipient is not None else "wav"
        asked = line(row, request, form if span is None else "part")
        asked = replace(asked, span=span.words if span is not None else "")
        given = await _give(place, database, row, (asked, recipient, out, span))
    details(fields(given), as_json=as_json)


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
    """The line, the file beside, its hash into the line, the file under its name: in this order."""
    asked, recipient, out, span = what
    store = DisclosureStore(database)
    if not await store.begin(asked):
        raise Refusal(f"the key of {row.recording} is gone: there is nothing to disclose")
    new, why = out.with_name(f"{out.name}.new"), f"disclosure {asked.disclosure}"
    try:
        if span is not None:
            digest, size, told = await _write_part(place, row, new, ((span, why), recipient))
        else:
            (digest, size), told = await _write_whole(place, row, new, (why, recipient)), ""
        given = replace(asked, sha256=digest, size=size, span=told, served_at=utc_now())
        await store.serve(given, given.served_at or asked.at)
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)
    return given


async def _write_whole(
    place: Site, row: FinishedRecording, new: Path, how: tuple[str, Recipient | None]
) -> tuple[str, int]:
    why, recipient = how
    with vault(place.places) as client:
        key = await file_key(client, row, why)
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
        digest, size = await _write(new, _sealed(archive, recipient))
    return digest, size, part.seconds


async def _sealed(file: Path, recipient: Recipient | None) -> AsyncIterator[bytes]:
    """Yield a file, as an age file when it is for somebody."""
    ids = SystemIds()
    file_key = Secret(ids.octets(FILE_KEY_SIZE))
    encryptor = PayloadEncryptor(file_key, ids.octets(NONCE_SIZE)) if recipient is not None else None
    if recipient is not None:
        yield build_header(file_key, [recipient], ids)
    with file.open("rb") as plain:
        while block := plain.read(_BLOCK):
            yield encryptor.update(block) if encryptor is not None else block
    if encryptor is not None:
        yield encryptor.finish()


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


def _key(text: str, *, plain: bool) -> Recipient | None:
    if plain == bool(text):
        raise WrongUsage("give --key with the requester's age key, or --plain when they have none")
    try:
        return parse_recipient(text) if text else None
    except ParseError as error:
        raise WrongUsage(f"--key: {error}") from None


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
