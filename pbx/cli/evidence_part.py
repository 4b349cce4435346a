"""The evidence pack of a part of a recording: chunks decrypted, proved, on the record before they leave."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from pbx.cli.evidence import archive_of, gather, private, write_files
from pbx.cli.output import Refusal
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.site import Site
from pbx.cli.time_span import Span
from pbx.cli.vault import actor, file_key, vault
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.lifecycle.access import PartGiven
from pbx.recording import manifest
from pbx.recording.age import CHUNK
from pbx.recording.effects import FinishedRecording
from pbx.recording.excerpt import Excerpt, Survey
from pbx.recording.io import reader
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.sealed_octets import SealedOctets
from pbx.recording.pack import CHUNKS_FILE, copy_name
from pbx.store.accesses import AccessStore

_AT_ONCE = 16 * CHUNK


async def write_part(place: Site, row: FinishedRecording, out: Path, asked: tuple[Span, str]) -> Excerpt:
    """Write a folder, or a ZIP archive when the name ends in .zip; return what of the recording is in it.

    `asked`: the span and the purpose, which is on the record by now. Refusal when nothing can be proved.
    """
    if out.exists():
        raise Refusal(f"{out} exists already")
    with folder_beside(out) as new:
        part = await fill(place, row, new, asked)
        if out.suffix == ".zip":
            archive_of(new, out)
        else:
            new.rename(out)
    return part


@contextmanager
def folder_beside(out: Path) -> Iterator[Path]:
    """A private folder beside what is to be written, gone afterwards."""
    new = out.with_name(f"{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


async def fill(place: Site, row: FinishedRecording, folder: Path, asked: tuple[Span, str]) -> Excerpt:
    """Write the files of a pack: the chunks first, then the line of the log about them, then the proofs."""
    span, purpose = asked
    begin_ms, end_ms = span.within(row)
    with vault(place.places) as client:
        key = await file_key(client, row, purpose)
    with Bar("proving", row.size) as bar:
        survey = await _survey(row, WatchedStore(place.objects(), bar), key)
    part = survey.cut(begin_ms, end_ms)
    octets = SealedOctets(row, place.objects(), key)
    digest = await _write_sound(folder, part, octets, survey.copy_header(part))
    given = PartGiven(
        recording=row.recording,
        call=row.call,
        tenant=row.tenant,
        actor=actor(),
        purpose=purpose,
        span=part.seconds,
        chunks=part.numbers,
        sha256=digest,
    )
    async with place.database() as database:
        await AccessStore(database).give_part(given, utc_now())
        evidence = await gather(place, database, row)
    write_files(folder, replace(evidence, part=part))
    return part


async def _survey(row: FinishedRecording, store: ObjectStore, key: Secret[bytes]) -> Survey:
    survey = Survey(manifest.sound(row.manifest))
    async for piece in reader.plain_pieces(row, store, key):
        survey.update(piece)
    survey.finish(manifest.parse(row.manifest)["plain_tree"])
    return survey


async def _write_sound(folder: Path, part: Excerpt, octets: SealedOctets, header: bytes) -> str:
    """Write the chunks and the listening copy; return the SHA-256 of the chunks."""
    digest = sha256()
    first, last = part.place
    with private(folder / CHUNKS_FILE) as chunks, private(folder / copy_name(part)) as copy:
        copy.write(header)
        for at in range(part.chunks.start * CHUNK, part.chunks.stop * CHUNK, _AT_ONCE):
            plain = await octets.read(at, min(_AT_ONCE, part.chunks.stop * CHUNK - at))
            digest.update(plain)
            chunks.write(plain)
            copy.write(plain[max(0, first - at) : max(0, last - at)])
    return digest.hexdigest()
