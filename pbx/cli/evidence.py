"""The evidence pack of one recording, gathered and written; the access is on the record before."""

import os
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

from pbx.cli.output import Refusal
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.site import Site
from pbx.cli.vault import answered, vault
from pbx.core.io.clock import utc_now
from pbx.recording import offline_verifier
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import reader
from pbx.recording.log import Tree
from pbx.recording.log_entry import payload
from pbx.recording.pack import AGE_FILE, VERIFIER, Entry, Evidence, files
from pbx.recording.signed_note import origin_of
from pbx.recording.vault_messages import AskCheckpoint
from pbx.store.audit_log import AuditLog, Leaf
from pbx.store.consents import ConsentStore, document
from pbx.store.database import Database
from pbx.store.recordings import FINISHED


async def write_pack(place: Site, row: FinishedRecording, out: Path) -> None:
    """Write a folder, or a ZIP archive when the name ends in .zip; Refusal when it cannot be proved."""
    if out.exists():
        raise Refusal(f"{out} exists already")
    async with place.database() as database:
        evidence = await gather(place, database, row)
    new = out.with_name(f"{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    try:
        with Bar("packing", row.size) as bar:
            await reader.export(row, WatchedStore(place.objects(), bar), new / AGE_FILE)
        write_files(new, evidence)
        if out.suffix == ".zip":
            archive_of(new, out)
        else:
            new.rename(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write_files(folder: Path, evidence: Evidence) -> None:
    """Write everything but the sound."""
    verifier = Path(offline_verifier.__file__).read_bytes()
    for name, octets in (files(evidence) | {VERIFIER: verifier}).items():
        with private(folder / name) as file:
            file.write(octets)


async def gather(place: Site, database: Database, row: FinishedRecording) -> Evidence:
    """Return what is known of a recording, with a checkpoint over all that the log says now."""
    log = AuditLog(database)
    about = [leaf for leaf in await log.about(row.recording) if leaf.fact is not None]
    finished = [leaf for leaf in about if leaf.fact is not None and leaf.fact[0].kind == FINISHED]
    if not finished:
        raise Refusal(f"{row.recording} is older than the log: it has no entry that could be proved")
    tree = await _tree(log)
    with vault(place.places) as client:
        key = answered(await client.public_key())
        size, _ = answered(await client.log_head())
        path = tree.consistency(size, tree.size) if size <= tree.size else ()
        ask = AskCheckpoint(size=tree.size, root=tree.root(), path=path)
        note = answered(await client.checkpoint(ask))
    await log.keep_note(tree.size, note, utc_now())
    consents = await ConsentStore(database).of_call(row.call)
    return Evidence(
        recording=row.recording,
        manifest=row.manifest,
        signature=row.signature,
        finished=_entry(finished[0]),
        access=[_entry(leaf) for leaf in about],
        consents=[document(one) for one in consents],
        tree=tree,
        note=note,
        public_key=key,
        origin=origin_of(key),
    )


async def _tree(log: AuditLog) -> Tree:
    tree = Tree()
    while entries := await log.entries(tree.size):
        for entry in entries:
            tree.append(entry)
    return tree


def _entry(leaf: Leaf) -> Entry:
    if leaf.fact is None or leaf.salt is None:
        raise Refusal(f"entry {leaf.position} of the log is damaged: see `pbx audit verify`")
    fact, at = leaf.fact
    return Entry(index=leaf.position, salt=leaf.salt, payload=payload(leaf.position, at, fact))


def archive_of(folder: Path, out: Path) -> None:
    """Write a folder as a ZIP archive, beside and then under its name."""
    new = out.with_name(f"{out.name}.part")
    try:
        with private(new) as file, zipfile.ZipFile(file, "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, f"{out.stem}/{path.name}")
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)


def private(path: Path) -> BinaryIO:
    """Open a file anew that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")
