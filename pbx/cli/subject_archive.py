"""The archive of a subject access request: registered, muted while decrypted, written beside, renamed."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from pbx.cli.output import Refusal
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.site import Site
from pbx.cli.vault import file_key, vault
from pbx.core.errors import ParseError
from pbx.core.io.clock import utc_now
from pbx.lifecycle.disclosure import Disclosure
from pbx.lifecycle.subject_bundle import INDEX, PAGE, RECORDS, Bundle, Given, LeftOut, index, page
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.sound import open_sound
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.seats import Kept
from pbx.store.database import Database
from pbx.store.disclosures import DisclosureStore

_GONE = "its key is gone: nobody can open it any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One recording that is given: what of it is heard, and its line of the register."""

    row: FinishedRecording
    given: Given
    kept: Kept
    line: Disclosure


class Archive:
    """Writes one answer; nothing is at `out` before all of it is there and registered."""

    __slots__ = ("_left_out", "_out", "_place", "_register")

    def __init__(self, place: Site, database: Database, out: Path, left_out: Sequence[LeftOut]) -> None:
        self._place, self._out, self._left_out = place, out, list(left_out)
        self._register = DisclosureStore(database)

    async def write(
        self, wanted: Sequence[Wanted], request: Mapping[str, object], records: bytes = b""
    ) -> Bundle:
        """Return what was given: lines of the register, the archive, its hashes, its name, in this order.

        `records` = what else is kept of him, as JSON.
        """
        wanted = await self._begun(wanted)
        new = self._out.with_name(f"{self._out.name}.new")
        try:
            with _private(new) as file, zipfile.ZipFile(file, "w") as archive:
                given = await self._sounds(archive, wanted)
                bundle = Bundle(
                    reference=wanted[0].line.reference,
                    controller=wanted[0].row.tenant,
                    made_at=utc_now(),
                    given=tuple(given),
                    left_out=tuple(self._left_out),
                    request=request,
                    records=RECORDS if records else "",
                )
                files = ((INDEX, index(bundle)), (PAGE, page(bundle)), (RECORDS, records))
                for name, octets in files if records else files[:2]:
                    archive.writestr(_entry(name, bundle.made_at), octets)
            for one, said in zip(wanted, given, strict=True):
                await self._serve(one.line, said)
            new.rename(self._out)
        finally:
            new.unlink(missing_ok=True)
        return bundle

    async def _begun(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """All lines stand before the first key is asked for."""
        begun: list[Wanted] = []
        for one in wanted:
            if await self._register.begin(one.line):
                begun.append(one)
            else:
                row = one.row
                self._left_out.append(LeftOut(recording=row.recording, started_at=row.started_at, why=_GONE))
        if not begun:
            raise Refusal("the keys of all of them are gone: there is nothing to give")
        return begun

    async def _sounds(self, archive: zipfile.ZipFile, wanted: Sequence[Wanted]) -> list[Given]:
        size = sum(one.row.size for one in wanted)
        with vault(self._place.places) as client, Bar("muting", size) as bar:
            store = WatchedStore(self._place.objects(), bar)
            return [await _sound(archive, one, store, client) for one in wanted]

    async def _serve(self, line: Disclosure, said: Given) -> None:
        served = replace(line, sha256=said.sha256, size=said.size, served_at=utc_now())
        await self._register.serve(served, served.served_at or line.at)


async def _sound(archive: zipfile.ZipFile, one: Wanted, store: ObjectStore, client: VaultClient) -> Given:
    """Refusal names the recording that is damaged: one command can have hundreds."""
    key = await file_key(client, one.row, f"disclosure {one.line.disclosure}")
    digest, size = sha256(), 0
    try:
        with archive.open(_entry(one.given.file, one.row.started_at), "w") as file:
            async for piece in open_sound(one.row, store, key).muted(one.kept):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
    except ParseError as error:
        raise Refusal(f"{one.row.recording}: {error}; give the others by their IDs") from None
    return replace(one.given, sha256=digest.hexdigest(), size=size)


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED  # silence takes no room
    entry.external_attr = 0o600 << 16
    return entry


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")
