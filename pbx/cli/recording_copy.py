"""The playback copies at the command line: shown, taken out, verified, made anew."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from pbx.cli.output import Refusal, details, fields
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.recording_life import find
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, site
from pbx.cli.vault import actor, file_key, vault
from pbx.core.io.entropy import SystemIds
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import copy_reader, reader
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.playback_copy import PlaybackCopy
from pbx.store.database import Database
from pbx.store.playback_copies import SqlCopyLedger


async def remake(recording: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Make the playback copy of a recording anew: the old one is lost, damaged, or cannot be opened."""
    place = site(config)
    async with place.database() as database:
        row = await find(database, recording)
        copy = await _made(place, database, row)
    details(_shown(copy), as_json=as_json)


async def copy_of(place: Site, row: FinishedRecording) -> PlaybackCopy:
    """Return the playback copy, made now if there is none yet; Refusal when there is to be none."""
    async with place.database() as database:
        found = await SqlCopyLedger(database).get(row.recording)
        return found or await _made(place, database, row)


async def described(place: Site, recording: str) -> dict[str, object] | None:
    """Return what `pbx recordings show` says of the copy; None = there is none yet."""
    async with place.database() as database:
        found = await SqlCopyLedger(database).get(recording)
    return None if found is None else fields(found, "recording", "header", "sha256_cipher")


async def opus_pieces(
    place: Site, row: FinishedRecording, store: ObjectStore, purpose: str
) -> AsyncIterator[bytes]:
    """Yield the Ogg/Opus file of a copy that the vault has opened; the access is on the record before."""
    copy = await copy_of(place, row)
    with vault(place.places) as client:
        key = await file_key(client, replace(row, header=copy.header), purpose)
    async for piece in reader.plain_pieces(copy, store, key):
        yield piece


async def export_opus(place: Site, row: FinishedRecording, out: Path, purpose: str) -> None:
    """Write the Ogg/Opus file."""
    with Bar("decrypting") as bar:
        await write(out, opus_pieces(place, row, WatchedStore(place.objects(), bar), purpose))


async def write(out: Path, pieces: AsyncIterator[bytes]) -> None:
    """Write a file for its owner beside and rename it, so that damage never looks like a whole one."""
    new = out.with_name(f"{out.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for piece in pieces:
                file.write(piece)
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)


async def write_octets(out: Path, octets: bytes) -> None:
    """Write a small file in the same way."""

    async def whole() -> AsyncIterator[bytes]:
        yield octets

    await write(out, whole())


async def problems(place: Site, client: VaultClient, row: FinishedRecording, purpose: str) -> tuple[str, ...]:
    """Return what is wrong with the copy of a recording, if there is one."""
    async with place.database() as database:
        found = await SqlCopyLedger(database).get(row.recording)
    if found is None:
        return ()
    try:
        key = await file_key(client, replace(row, header=found.header), purpose)
    except Refusal as refusal:
        return (f"the playback copy: {refusal}",)
    return await copy_reader.problems(found, place.objects(), key)


async def _made(place: Site, database: Database, row: FinishedRecording) -> PlaybackCopy:
    if not place.configuration.pbx.recording.playback_copy:
        raise Refusal(
            "there is no playback copy, and `recording.playback_copy: false` says there is to be none"
        )
    from pbx.recording.io.copy_maker import CopyMaker  # no other command needs what codes

    spool, store, ledger = place.places.spool, place.objects(), SqlCopyLedger(database)
    with vault(place.places) as client, Bar("making the playback copy"):
        return await CopyMaker(spool, client, store, ledger, ids=SystemIds(), actor=actor()).make(row)


def _shown(copy: PlaybackCopy) -> dict[str, object]:
    return fields(copy, "header", "sha256_cipher")
