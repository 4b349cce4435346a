"""`pbx prompts add` and its neighbours: recordings of sentences, their versions, and which one is used."""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.assembly.prompts import engine_name
from pbx.cli.output import Refusal, complain, details, fields, listing
from pbx.cli.plans import places_of
from pbx.cli.prompt_facts import noted
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName
from pbx.cli.vault import actor
from pbx.config.models import PbxSettings
from pbx.config.places import Places
from pbx.config.prompt_index import MAX_SENTENCE, entries, with_recording, without_recording
from pbx.config.read import read_model
from pbx.config.sources import read_tenant
from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now
from pbx.media.io.audio_files import convert, file_sha256
from pbx.media.io.engines import find_engine
from pbx.media.io.prompt_master import Measured, Origin, measure
from pbx.media.io.prompt_preview import PreviewCodec, preview
from pbx.media.io.prompt_versions import NAME, PromptFolder, PromptVersion, family

LANGUAGE = re.compile(r"[a-z]{2}-[A-Z]{2}", re.ASCII)
_COLUMNS = ("version", "in_use", "at", "author", "how", "sha256", "sentence")
_MAX_FILE_NAME = 100  # characters that are kept of it
_IN_FORCE = "`pbx apply` has it in force"
Language = Annotated[str, Parameter(name="--language", help="Such as de-DE; else the tenant's.")]
Says = Annotated[str, Parameter(name="--says", help="The sentence, as the flow has it; else what it said.")]
Name = Annotated[str, Parameter(name="--name", help="Of the recording; else the one that says this already.")]
Version = Annotated[int | None, Parameter(name="--version", help="Another one than is used.")]
Codec = Annotated[PreviewCodec, Parameter(name="--codec", help="What the telephone has agreed to.")]
Out = Annotated[Path, Parameter(name="--out", help="The WAV file to write.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Whose recordings, and in which language."""

    language: Language = ""
    tenant: TenantName = ""
    config: ConfigDir = CONFIG


HERE = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The recordings of one language as the files have them."""

    folder: PromptFolder
    tenant: str
    language: str
    settings: PbxSettings
    places: Places

    @property
    def used(self) -> dict[str, str]:
        """Which file is used, by the name of the recording."""
        return {family(file)[0]: file for file in entries(self.folder.index)}

    def sentence(self, name: str) -> str:
        """What a recording says: by the index, else as its newest version says."""
        said = entries(self.folder.index).get(self.used.get(name, ""), "")
        told = [one.sentence for one in self.folder.versions(name) if one.sentence]
        return said or (told[-1] if told else "")

    def version(self, name: str, number: int | None) -> PromptVersion:
        """One version of a recording, that which is used if none is named; Refusal."""
        found = self.folder.versions(name) if NAME.fullmatch(name) else ()
        if not found:
            raise Refusal(f"there is no recording {name} in {self.language}: see `pbx prompts list`")
        file = self.used.get(name, "")
        chosen = [one for one in found if (one.file == file if number is None else one.version == number)]
        if chosen:
            return chosen[0]
        if number is None:
            raise Refusal(f"no version of {name} is used: `pbx prompts restore` has one again")
        raise Refusal(f"there is no version {number} of {name}: see `pbx prompts history {name}`")


async def add(
    file: Path,
    /,
    *,
    says: Says = "",
    name: Name = "",
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Make an audio file the recording of a sentence: one channel, levelled, a version of its own."""
    shelf = shelf_of(where)
    await added(shelf, file, (says, name, f"file {file.name[:_MAX_FILE_NAME]}"), as_json=as_json)


async def say(
    sentence: str,
    /,
    *,
    name: Name = "",
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Have the speech engine say a sentence, and keep that as its recording."""
    shelf = shelf_of(where)
    speech = shelf.settings.speech
    engine = find_engine(engine_name(speech.engine, speech.voice)) if speech.engine != "none" else None
    if engine is None:
        raise Refusal("there is no speech engine: see speech.engine in pbx.yaml")
    with tempfile.TemporaryDirectory() as scratch:
        spoken = Path(scratch) / "spoken.wav"
        await engine.speak(sentence, shelf.language, spoken)
        await added(shelf, spoken, (sentence, name, f"voice {engine.name}"), as_json=as_json)


def show(
    name: str,
    /,
    *,
    version: Version = None,
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Show a recording: what it says, and how long and loud it is as a file and as callers hear it."""
    shelf = shelf_of(where)
    found = shelf.version(name, version)
    path = shelf.folder.path / found.file
    with tempfile.TemporaryDirectory() as scratch:
        heard = Path(scratch) / "heard.wav"
        convert(path, heard)
        told = {"as_file": fields(measure(path)), "as_heard": fields(measure(heard))}
    row = _row(shelf, found) | {"name": name, "language": shelf.language, "file": found.file, **told}
    details(row, as_json=as_json)


def history(
    name: str,
    /,
    *,
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """List the versions of a recording: when, by whom, how, and which one is used."""
    shelf = shelf_of(where)
    found = shelf.folder.versions(name) if NAME.fullmatch(name) else ()
    if not found:
        raise Refusal(f"there is no recording {name} in {shelf.language}: see `pbx prompts list`")
    rows = [_row(shelf, one) for one in reversed(found)]
    listing([one if as_json else _short(one) for one in rows], _COLUMNS, as_json=as_json)


async def restore(
    name: str,
    version: int,
    /,
    *,
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Use an earlier version of a recording again; also of one that was removed."""
    shelf = shelf_of(where)
    with shelf.folder.alone():
        found = shelf.version(name, version)
        sentence = found.sentence or shelf.sentence(name)
        if not sentence:
            raise Refusal(f"what {found.file} says is not known: write it into index.yaml")
        _unsaid(shelf, name, sentence)
        _use(shelf, found.file, sentence)
    row = {"name": name, "file": found.file, "sentence": sentence}
    await _done(shelf, "prompt.restored", row, as_json=as_json)


async def remove(
    name: str,
    /,
    *,
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Use no recording of a sentence any more: the voice says it. Its versions stay."""
    shelf = shelf_of(where)
    with shelf.folder.alone():
        found, sentence = shelf.version(name, None), shelf.sentence(name)
        shelf.folder.write_index(without_recording(shelf.folder.index, found.file))
    row = {"name": name, "file": found.file, "sentence": sentence}
    await _done(shelf, "prompt.removed", row, as_json=as_json)


def hear(
    name: str,
    /,
    *,
    out: Out,
    codec: Codec = "PCMU",
    version: Version = None,
    where: Where = HERE,
    as_json: AsJson = False,
) -> None:
    """Write what a telephone makes of a recording by its codec, as a WAV file."""
    shelf = shelf_of(where)
    found = shelf.version(name, version)
    rate, seconds = preview(shelf.folder.path / found.file, out, codec)
    details({"out": str(out), "codec": codec, "rate": rate, "seconds": seconds}, as_json=as_json)


async def added(shelf: Shelf, source: Path, about: tuple[str, str, str], *, as_json: bool) -> None:
    """Make a file the newest version; `about` = what it says, its name, and how it came to be."""
    says, name, how = about
    with shelf.folder.alone():
        name = name or _named(shelf, says)
        if not NAME.fullmatch(name):
            raise Refusal(f"--name {name}: expected up to 56 of a-z, 0-9, - and _, without .wav")
        sentence = " ".join((says or shelf.sentence(name)).split())
        if not 0 < len(sentence.encode()) <= MAX_SENTENCE:
            raise Refusal(f"--says: expected a sentence of at most {MAX_SENTENCE} octets")
        _unsaid(shelf, name, sentence)
        origin = Origin(
            sentence=sentence, author=actor(), at=utc_now().isoformat(timespec="seconds"), how=how
        )
        file, before = await shelf.folder.add(name, source, origin)
        _use(shelf, file, sentence)
    _doubt(before, source.name)
    row = {"name": name, "file": file, "sentence": sentence, "source": fields(before)}
    await _done(shelf, "prompt.added", row, as_json=as_json)


def _named(shelf: Shelf, says: str) -> str:
    """The recording that says this already, else a name of its first words."""
    wanted = " ".join(says.split())
    known = next((file for file, said in entries(shelf.folder.index).items() if said == wanted), "")
    if known:
        return family(known)[0]
    words = re.findall(r"[a-z0-9]+", says.lower(), re.ASCII)
    name = "_".join(words)[:40].strip("_")
    if not name:
        raise Refusal("--name is needed: what the recording shall be called, such as welcome")
    if name in shelf.used or shelf.folder.versions(name):
        raise Refusal(f"--name is needed: there is a recording {name} that says something else")
    return name


def _unsaid(shelf: Shelf, name: str, sentence: str) -> None:
    """Of two recordings of one sentence nobody would know which is heard."""
    for file, said in entries(shelf.folder.index).items():
        if said == sentence and family(file)[0] != name:
            raise Refusal(f"{file} says this already: --name {family(file)[0]}, or remove that one first")


def _use(shelf: Shelf, file: str, sentence: str) -> None:
    old = shelf.used.get(family(file)[0], "")
    changed = with_recording(shelf.folder.index, file, sentence, old)
    shelf.folder.write_index(changed)


def _doubt(before: Measured, name: str) -> None:
    if before.lufs is None or before.lufs < -58:
        complain(f"warning: nobody can be heard in {name}")
    elif before.dbtp is not None and before.dbtp > 0:
        complain(
            f"warning: {name} is louder than it can be ({before.dbtp} dBTP): listen whether it is distorted"
        )


async def _done(shelf: Shelf, kind: str, row: Mapping[str, object], *, as_json: bool) -> None:
    """Have it on record, and say what was done."""
    path = shelf.folder.path / str(row["file"])
    told: dict[str, str | int | bool | None] = {"name": str(row["name"]), "file": path.name}
    told |= {"language": shelf.language, "sha256": file_sha256(path) if path.exists() else None}
    try:
        await noted(shelf.places, shelf.settings, AuditFact(kind=kind, tenant=shelf.tenant, details=told))
    except StorageError as error:
        complain(f"warning: it is done, and not on record: {error}")
    details({**row, "language": shelf.language}, as_json=as_json)
    if not as_json:
        complain(_IN_FORCE)


def _row(shelf: Shelf, one: PromptVersion) -> dict[str, object]:
    is_used = one.file in entries(shelf.folder.index)
    row = fields(one) | {"in_use": is_used}
    row["sentence"] = one.sentence or (shelf.sentence(family(one.file)[0]) if is_used else "")
    return row


def _short(row: dict[str, object]) -> dict[str, object]:
    return row | {"sha256": str(row["sha256"])[:12]}


def shelf_of(where: Where) -> Shelf:
    """Read what is needed of the files; they may lack the very recording that shall be added."""
    directory, places = places_of(where.config)
    name, language = where.tenant, where.language
    if language and LANGUAGE.fullmatch(language) is None:
        raise Refusal(f"--language {language}: expected a language tag such as en-GB")
    folders = {file.parent.name: file.parent for file in sorted(directory.glob("*/tenant.yaml"))}
    if not name and len(folders) == 1:
        name = next(iter(folders))
    if name not in folders:
        known = ", ".join(folders) or "none"
        raise Refusal(f"no tenant {name}: there is {known}" if name else f"--tenant is needed: {known}")
    source, _ = read_tenant(folders[name], f"{directory.name}/{name}")
    if not language and source.settings is None:
        raise Refusal("the tenant's language cannot be read: give --language, and see `pbx check`")
    tag = language or (source.settings.model.language if source.settings is not None else "")
    read, _ = read_model(directory / "pbx.yaml", f"{directory.name}/pbx.yaml", PbxSettings)
    settings = read.model if read is not None else PbxSettings()
    folder = PromptFolder(folders[name] / "prompts" / tag)
    return Shelf(folder=folder, tenant=name, language=tag, settings=settings, places=places)
