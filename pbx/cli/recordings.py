"""`pbx recordings`: list, show, take out and prove the recordings."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli import recording_copy, recording_erasure, recording_life
from pbx.cli.evidence import write_pack
from pbx.cli.evidence_part import write_part
from pbx.cli.export_form import AGE, ExportForm
from pbx.cli.leaving import internal, say_internal
from pbx.cli.output import DONE, REFUSED, Refusal, WrongUsage, details, fields, listing, print_json, seconds
from pbx.cli.progress import Bar, WatchedStore
from pbx.cli.recording_filter import EVERYTHING, Filter, wanted
from pbx.cli.second_person import seconded
from pbx.cli.site import CONFIG, MAX_LISTED, AsJson, ConfigDir, Limit, Site, site
from pbx.cli.time_span import Span
from pbx.cli.vault import actor, answered, file_key, vault
from pbx.core.errors import ParseError
from pbx.core.io.alarms import AlarmFolder
from pbx.core.io.clock import utc_now
from pbx.lifecycle.access import Access, Form
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import reader
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.reconcile import ALARM, said
from pbx.recording.io.reconcile import reconcile as compare
from pbx.recording.io.sound import mono_pieces
from pbx.recording.io.vault_client import VaultClient
from pbx.store.accesses import AccessStore
from pbx.store.recordings import SqlRecordingLedger

app = App(name="recordings", help="Encrypted recordings and their proofs.")
# As in `main`.
LATE = {
    "accesses": (
        "recording_access",
        "List who looked at, heard or took out recordings, listened to calls, or tried to; newest first.",
    ),
    "disclose": (
        "recording_disclosure",
        "Give a recording to a third party, restricted ones too; the register has a line before that.",
    ),
    "disclosures": (
        "recording_disclosure",
        "List the register, newest first; without `served_at` nothing has left the house.",
    ),
    "erase-person": (
        "recording_person",
        "Erase all recordings of a person, with one receipt; what a hold or a term keeps is listed with why.",
    ),
    "lift": (
        "recording_access",
        "Lift every restriction of a recording; one that comes from an erasure stays.",
    ),
    "link": (
        "recording_links",
        "Make a link by which somebody else may listen in a browser, once and for a while.",
    ),
    "links": ("recording_links", "Playback links: list and revoke them."),
    "pause": (
        "recording_control",
        "Keep nothing of a call in progress but its time, for five minutes at most.",
    ),
    "play": (
        "recording_play",
        "Play a recording here, or write it as WAV into a pipe; only what is heard is decrypted.",
    ),
    "remake": (
        "recording_copy",
        "Make the playback copy of a recording anew: the old one is lost, damaged, or cannot be opened.",
    ),
    "restrict": (
        "recording_access",
        "Restrict a recording: it is kept, and nobody plays it or takes it out until that is lifted.",
    ),
    "restrictions": ("recording_access", "List the restrictions that stand, oldest first."),
    "resume": ("recording_control", "Go on with a recording that was paused."),
    "subject": (
        "recording_subject",
        "Give a person the recordings in which he speaks, as a ZIP archive in which nobody else is heard.",
    ),
}
for _name, (_module, _words) in LATE.items():
    app.command(f"pbx.cli.{_module}:{_name.replace('-', '_')}", name=_name, help=_words)
for _command in (*recording_life.COMMANDS, *recording_erasure.COMMANDS):
    app.command(_command)
_COLUMNS = ("recording", "started_at", "length", "tenant", "kind", "call")
_VERIFY_PURPOSE = "verify"
_KEY_LOST = "its key is lost: restore the row of `recording_keys` from a copy of the database"
MAX_PURPOSE = 128  # characters, as many as the vault takes
Out = Annotated[Path, Parameter(name="--out", help="What to write; for its owner only.")]
Purpose = Annotated[str, Parameter(name="--purpose", help="Why; needed, kept in the audit log.")]
Png = Annotated[Path | None, Parameter(name="--png", help="Draw a picture of it; needs --purpose.")]
Force = Annotated[bool, Parameter(name="--force", negative=(), help="Replace FILE if it is there.")]
All = Annotated[bool, Parameter(name="--all", negative=(), help="Verify every recording.")]


@app.default
@app.command(name="list")
async def list_recordings(
    *,
    asked: Filter = EVERYTHING,
    limit: Limit = 25,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """List the newest recordings: all, or those of a number, an extension, a customer, of some days."""
    place = site(config)
    async with place.database() as database:
        found = await wanted(place, database, asked, limit)
    rows = [_row(row) | {"length": seconds(row.duration_ms)} for row in found]
    listing(rows, _COLUMNS, as_json=as_json)


@app.command
async def show(
    recording: str,
    /,
    *,
    png: Png = None,
    purpose: Purpose = "",
    force: Force = False,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Show one recording with its signed manifest, or draw it: voices, gaps, parties, consent."""
    if png is not None:
        if as_json:
            raise WrongUsage("give --png or --json, not both")
        await _draw(site(config), recording, png, purpose_of(purpose), force=force)
        return
    if purpose or force:
        raise WrongUsage("--purpose and --force belong to --png")
    place = site(config)
    row = await find(place, recording)
    await on_record(place, row, "", "show")
    try:
        signed: object = manifest.parse(row.manifest)
    except ParseError:
        signed = "damaged"
    copy = await recording_copy.described(place, row.recording)
    extra: dict[str, object] = {
        "playback_copy": copy,
        "sha256_cipher": row.sha256_cipher,
        "signature": row.signature.hex(),
    }
    extra |= {"manifest": signed}
    details(_row(row) | extra, as_json=as_json)


@app.command
async def export(
    recording: str,
    /,
    *,
    out: Out,
    purpose: Purpose = "",
    wanted: ExportForm = AGE,
    config: ConfigDir = CONFIG,
) -> None:
    """Write a recording as an age file that stock `age -d` opens, as sound, or as an evidence pack.

    For a purpose of your own house (`internal_purposes` of access.yaml), with which --purpose begins. To a
    third party it goes by `pbx recordings disclose`, which keeps the register.
    """
    form, span, why = wanted.form, wanted.span, purpose_of(purpose)
    place = site(config)
    row = await find(place, recording)
    if span is not None:
        await _export_part(place, row, out, (span, why))
        return
    access = await on_record(place, row, why, form)
    if form in ("wav", "mono"):
        await _export_sound(place, row, out, why, form)
    elif form == "opus":
        await recording_copy.export_opus(place, row, out, why)
    elif form == "evidence":
        await write_pack(place, row, out)
    else:
        with Bar("exporting", row.size) as bar:
            await reader.export(row, WatchedStore(place.objects(), bar), out)
    print(f"{out}: written" if out.is_dir() else f"{out}: {out.stat().st_size} octets")
    say_internal(access.internal)


@app.command
async def verify(
    recording: str = "", /, *, every: All = False, as_json: AsJson = False, config: ConfigDir = CONFIG
) -> int:
    """Check sound, hashes, signature and keys: `yes`, or `no` with every problem and exit code 1."""
    if every == bool(recording):
        raise WrongUsage("give the ID of one recording, or --all")
    place = site(config)
    rows = await _all(place) if every else [await find(place, recording)]
    with vault(place.places) as client, Bar("verifying", sum(row.size for row in rows)) as bar:
        store = WatchedStore(place.objects(), bar)
        verdicts = [(row.recording, await _problems((place, store), client, row)) for row in rows]
    verdicts += [(lost, (_KEY_LOST,)) for lost in (await _keyless(place) if every else ())]
    if as_json:
        print_json([{"recording": name, "ok": not bad, "problems": bad} for name, bad in verdicts])
    else:
        if not verdicts:
            print("there are no recordings")
        for name, problems in verdicts:
            print(f"{name}: {'no: ' + '; '.join(problems) if problems else 'yes'}")
    return REFUSED if any(problems for _, problems in verdicts) else DONE


@app.command
async def reconcile(*, as_json: AsJson = False, config: ConfigDir = CONFIG) -> int:
    """Compare rows, spool and object store: exit code 1 when anything is without its counterpart."""
    place = site(config)
    async with place.database() as database:
        with Bar("comparing"):
            found = await compare(place.spools, place.objects(), SqlRecordingLedger(database))
    AlarmFolder(place.places.alarms).settle(ALARM, said(found))
    if as_json:
        print_json(fields(found))
    else:
        for kind, names in fields(found).items():
            listed = tuple(names) if isinstance(names, tuple) else ()
            print(f"{kind.replace('_', ' ')}: {len(listed)}{': ' if listed else ''}{', '.join(listed)}")
    return REFUSED if found.total else DONE


async def _draw(place: Site, recording: str, out: Path, purpose: str, *, force: bool) -> None:
    from pbx.cli.recording_picture import write_picture  # no other command needs what draws

    if out.exists() and not force:
        raise Refusal(f"{out} exists already: give --force to replace it")
    row = await find(place, recording)
    await on_record(place, row, purpose, "png")
    await write_picture(place, row, out, purpose)
    print(f"{out}: {out.stat().st_size} octets")


async def _problems(
    where: tuple[Site, ObjectStore], client: VaultClient, row: FinishedRecording
) -> tuple[str, ...]:
    """One recording that cannot be opened must not hide the verdict on the others."""
    place, store = where
    public_key = answered(await client.public_key())
    of_copy = await recording_copy.problems(place, client, row, _VERIFY_PURPOSE)
    try:
        key = await file_key(client, row, _VERIFY_PURPOSE)
    except Refusal as refusal:
        return (str(refusal), *of_copy)
    return (*(await reader.verify(row, store, key, public_key)).problems, *of_copy)


def purpose_of(said: str) -> str:
    """Return why somebody wants a recording; WrongUsage when he does not say it, or says too much."""
    if not 0 < len(said.strip()) <= MAX_PURPOSE:
        raise WrongUsage(
            f"--purpose of at most {MAX_PURPOSE} characters is needed: it is kept in the audit log"
        )
    return said.strip()


async def on_record(
    place: Site, row: FinishedRecording, purpose: str, form: Form, *, span: str = ""
) -> Access:
    """Say who takes what out, before the first octet of it; Refusal when it must not, which is said too."""
    access = Access(
        recording=row.recording,
        call=row.call,
        tenant=row.tenant,
        actor=actor(),
        purpose=purpose,
        form=form,
        span=span,
    )
    async with place.database() as database:
        access = await internal(place, database, access)
        if access.gives_sound:
            access = await seconded(place, database, access)
        forbidden_by = await AccessStore(database).open(access, utc_now())
    if forbidden_by:
        raise Refusal(f"{row.recording} is restricted by {forbidden_by}: nobody plays it or takes it out")
    return access


async def _export_part(place: Site, row: FinishedRecording, out: Path, asked: tuple[Span, str]) -> None:
    span, why = asked
    span.within(row)
    access = await on_record(place, row, why, "evidence", span=span.words)
    part = await write_part(place, row, out, asked)
    print(f"{out}: written, with {part.seconds} of the recording: chunks {part.numbers}, cut where they end")
    say_internal(access.internal)


async def _export_sound(place: Site, row: FinishedRecording, out: Path, purpose: str, form: Form) -> None:
    with vault(place.places) as client:
        key = await file_key(client, row, purpose)
    with Bar("decrypting", row.size) as bar:
        store = WatchedStore(place.objects(), bar)
        pieces = mono_pieces if form == "mono" else reader.wav_pieces
        await recording_copy.write(out, pieces(row, store, key))


async def find(place: Site, recording: str) -> FinishedRecording:
    """Return a finished recording; Refusal when there is none of this name."""
    async with place.database() as database:
        return await recording_life.find(database, recording)


async def _all(place: Site) -> list[FinishedRecording]:
    async with place.database() as database:
        rows = await SqlRecordingLedger(database).list(MAX_LISTED)
    if len(rows) == MAX_LISTED:
        raise Refusal(f"there are {MAX_LISTED} recordings or more: verify them by ID")
    return rows


async def _keyless(place: Site) -> list[str]:
    async with place.database() as database:
        return [one.recording for one in await SqlRecordingLedger(database).keyless()]


def _row(row: FinishedRecording) -> dict[str, object]:
    """Without the header: a copy of it would outlive the deletion that shreds the recording."""
    return fields(row, "header", "manifest", "signature", "sha256_cipher")
