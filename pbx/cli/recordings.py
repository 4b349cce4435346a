"""`pbx recordings`: list, show, take out and prove the recordings."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, details, fields, listing, print_json, seconds
from pbx.cli.site import CONFIG, MAX_LISTED, AsJson, ConfigDir, Limit, Site, site
from pbx.cli.vault import answered, file_key, vault
from pbx.core.errors import ParseError
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import reader
from pbx.recording.io.reconcile import reconcile as compare
from pbx.recording.io.vault_client import VaultClient
from pbx.store.recordings import SqlRecordingLedger

app = App(name="recordings", help="Encrypted recordings and their proofs.")
_COLUMNS = ("recording", "started_at", "length", "tenant", "kind", "call")
_VERIFY_PURPOSE = "verify"
Out = Annotated[Path, Parameter(name="--out", help="File to write; mode 0600.")]
Wav = Annotated[bool, Parameter(name="--wav", negative=(), help="Decrypt; the running vault records it.")]
Purpose = Annotated[str, Parameter(name="--purpose", help="Why; needed with --wav, kept in the audit log.")]
All = Annotated[bool, Parameter(name="--all", negative=(), help="Verify every recording.")]


@app.default
@app.command(name="list")
async def list_recordings(*, limit: Limit = 25, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the newest recordings."""
    async with site(config).database() as database:
        found = await SqlRecordingLedger(database).list(limit)
    rows = [_row(row) | {"length": seconds(row.duration_ms)} for row in found]
    listing(rows, _COLUMNS, as_json=as_json)


@app.command
async def show(recording: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Show one recording with its signed manifest."""
    row = await _find(site(config), recording)
    try:
        signed: object = manifest.parse(row.manifest)
    except ParseError:
        signed = "damaged"
    extra = {"sha256_cipher": row.sha256_cipher, "signature": row.signature.hex(), "manifest": signed}
    details(_row(row) | extra, as_json=as_json)


@app.command
async def export(
    recording: str, /, *, out: Out, wav: Wav = False, purpose: Purpose = "", config: ConfigDir = CONFIG
) -> None:
    """Write a recording as an age file that stock `age -d` opens, or with --wav as sound."""
    if wav and not purpose.strip():
        raise WrongUsage("--wav needs --purpose: it is kept in the audit log")
    place = site(config)
    row = await _find(place, recording)
    if wav:
        await _export_wav(place, row, out, purpose.strip())
    else:
        await reader.export(row, place.objects(), out)
    print(f"{out}: {out.stat().st_size} octets")


@app.command
async def verify(
    recording: str = "", /, *, every: All = False, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> int:
    """Check sound, hashes, signature and keys: `yes`, or `no` with every problem and exit code 1."""
    if every == bool(recording):
        raise WrongUsage("give the ID of one recording, or --all")
    place = site(config)
    rows = await _all(place) if every else [await _find(place, recording)]
    with vault(place.places) as client:
        verdicts = [(row, await _problems(place, client, row)) for row in rows]
    if as_json:
        print_json([{"recording": row.recording, "ok": not bad, "problems": bad} for row, bad in verdicts])
    else:
        if not verdicts:
            print("there are no recordings")
        for row, problems in verdicts:
            print(f"{row.recording}: {'no: ' + '; '.join(problems) if problems else 'yes'}")
    return REFUSED if any(problems for _, problems in verdicts) else DONE


@app.command
async def reconcile(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> int:
    """Compare rows, spool and object store: exit code 1 when anything is without its counterpart."""
    place = site(config)
    async with place.database() as database:
        found = await compare(place.places.spool, place.objects(), SqlRecordingLedger(database))
    if as_json:
        print_json(fields(found))
    else:
        for kind, names in fields(found).items():
            listed = tuple(names) if isinstance(names, tuple) else ()
            print(f"{kind.replace('_', ' ')}: {len(listed)}{': ' if listed else ''}{', '.join(listed)}")
    return REFUSED if found.total else DONE


async def _problems(place: Site, client: VaultClient, row: FinishedRecording) -> tuple[str, ...]:
    """One recording that cannot be opened must not hide the verdict on the others."""
    public_key = answered(await client.public_key())
    try:
        key = await file_key(client, row, _VERIFY_PURPOSE)
    except Refusal as refusal:
        return (str(refusal),)
    return (await reader.verify(row, place.objects(), key, public_key)).problems


async def _export_wav(place: Site, row: FinishedRecording, out: Path, purpose: str) -> None:
    """Decrypt beside and rename, so that a damaged recording never looks like a whole one."""
    with vault(place.places) as client:
        key = await file_key(client, row, purpose)
    new = out.with_name(f"{out.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for piece in reader.wav_pieces(row, place.objects(), key):
                file.write(piece)
        new.rename(out)
    finally:
        new.unlink(missing_ok=True)


async def _find(place: Site, recording: str) -> FinishedRecording:
    async with place.database() as database:
        row = await SqlRecordingLedger(database).get(recording)
    if row is None:
        raise Refusal(f"no recording {recording}")
    return row


async def _all(place: Site) -> list[FinishedRecording]:
    async with place.database() as database:
        rows = await SqlRecordingLedger(database).list(MAX_LISTED)
    if len(rows) == MAX_LISTED:
        raise Refusal(f"there are {MAX_LISTED} recordings or more: verify them by ID")
    return rows


def _row(row: FinishedRecording) -> dict[str, object]:
    """Without the header: a copy of it would outlive the deletion that shreds the recording."""
    return fields(row, "header", "manifest", "signature", "sha256_cipher")
