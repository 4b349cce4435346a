"""The prompt library: sentences to play sources, from recorded files or a speech engine, cached by content.

A sentence is looked for in this order: its recording; recordings of all its pieces; a voice of its language;
then in the language that is wanted next; at last any voice. What has to step down is told, and plays.

A recorded folder holds one folder per language with WAV files and `index.yaml` (file.wav: "sentence").
"""

import asyncio
import contextlib
import hashlib
import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeVar

import yaml

from pbx.core.errors import ConfigError, ParseError, StorageError
from pbx.core.language import nearest
from pbx.media.dialogue import Pause, PlayTone, Prompt, Say
from pbx.media.effects import FileSource, SilenceSource, ToneSource
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.io.audio_files import convert, file_sha256
from pbx.media.io.engines import SpeechEngine
from pbx.media.sources import Sounding
from pbx.media.wav import read

FORMAT_VERSION = "3"  # a change of level or rate makes new cache entries
INDEX = "index.yaml"
MAX_REMEMBERED = 10_000  # sentences; forgotten ones are found again in the cache folder
FLEETING = "fleeting"  # a folder of the cache
MAX_FLEETING = 1000  # files in it; more than may be waiting to be played
MAX_RENDERING = 2  # engines are CPU-bound; calls in progress need the rest


Wanted = TypeVar("Wanted", Say, Path)
Making = Callable[[Wanted], Awaitable[FileSource]]


class PromptMissing(Exception):
    """No recording of this sentence, and no engine that can speak it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """`file` = there is a recording and it cannot be played; `language` = nobody says it in that language."""

    sentence: str
    language: str
    what: Literal["file", "language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPrompts:
    """What to order from the media worker; `sha256` proves the audio, endless tones count 0 ms.

    `missed` is what could not be had as it was wanted, and was said otherwise.
    """

    sources: tuple[Sounding, ...]
    sha256: str
    total_ms: int
    missed: tuple[Missed, ...] = ()


class PromptLibrary:
    """`prepare` may run many times at once; the same sentence is rendered once."""

    def __init__(
        self,
        recorded: tuple[Path, ...],
        cache: Path,
        engine: SpeechEngine | None,
        country: str,
        *,
        voices: frozenset[str] | None = None,
    ) -> None:
        """Read every index; ConfigError names a broken one by file. Earlier folders win.

        `voices` are the languages that the engine speaks as they should sound; None = nobody knows.
        """
        self._cache, self._engine, self._country = cache, engine, country
        self._voices = voices
        self._recorded: dict[Say, Path] = {}
        for folder in reversed(recorded):
            for index in sorted(folder.glob(f"*/{INDEX}")):
                self._recorded |= _read_index(index)
        self._ready: dict[Say | Path, FileSource] = {}
        self._locks: dict[Say | Path, asyncio.Lock] = {}
        self._rendering = asyncio.Semaphore(MAX_RENDERING)

    async def prepare(self, prompts: tuple[Prompt, ...]) -> PreparedPrompts:
        """Return sources for the prompts; PromptMissing names the first sentence that cannot be had."""
        missed: list[Missed] = []
        sources = tuple([one for prompt in prompts for one in await self._source(prompt, missed)])
        proof = json.dumps([_proof(source) for source in sources], sort_keys=True)
        return PreparedPrompts(
            sources=sources,
            sha256=hashlib.sha256(proof.encode()).hexdigest(),
            total_ms=sum(source.duration_ms or 0 for source in sources),
            missed=tuple(missed),
        )

    async def _source(self, prompt: Prompt, missed: list[Missed]) -> tuple[Sounding, ...]:
        if isinstance(prompt, Pause):
            return (SilenceSource(duration_ms=prompt.duration_ms),)
        if isinstance(prompt, PlayTone):
            return (ToneSource(country=self._country, tone=prompt.tone, duration_ms=prompt.duration_ms),)
        wanted: Say | None = prompt
        while wanted is not None:
            found = await self._said(wanted, missed)
            if found:
                return found
            missed.append(Missed(sentence=_name(wanted), language=wanted.language, what="language"))
            wanted = wanted.otherwise
        raise PromptMissing(_name(prompt))

    async def _said(self, say: Say, missed: list[Missed]) -> tuple[Sounding, ...]:
        """Return the recording, the pieces or what the voice says; nothing if they cannot be had."""
        for texts in ((say.text,), say.pieces):
            recorded = [self._recorded.get(Say(text=text, language=say.language)) for text in texts]
            files = [file for file in recorded if file is not None]
            if not files or len(files) < len(texts):
                continue
            try:
                return tuple([await self._kept(file) for file in files])
            except PromptMissing:
                missed.append(Missed(sentence=_name(say), language=say.language, what="file"))
        if self._engine is None or not self._speaks(say):
            return ()
        try:
            return (await self._spoken(say),)
        except PromptMissing:
            return ()

    def _speaks(self, say: Say) -> bool:
        """Whether the voice is one of the language; without another language behind it any voice will do."""
        if self._voices is None or nearest(say.language, self._voices) is not None:
            return True
        return say.otherwise is None

    async def _kept(self, recorded: Path) -> FileSource:
        """The recording, converted."""
        return await self._once(recorded, self._convert, _name_of(recorded))

    async def _spoken(self, say: Say) -> FileSource:
        """What the voice says; PromptMissing when there is none, or it cannot."""
        if self._engine is None:
            raise PromptMissing(_name(say))
        wanted = Say(text=say.text, language=say.language, pieces=say.pieces)
        return await self._once(wanted, self._speak, _name(say))

    async def _once(self, wanted: Wanted, make: Making[Wanted], name: str) -> FileSource:
        """Make a file, or find it; whoever comes second waits for that of the first."""
        lock = self._locks.setdefault(wanted, asyncio.Lock())
        async with lock:
            try:
                known = self._ready.get(wanted)
                if known is None or not Path(known.path).exists():
                    known = await make(wanted)
                    self._remember(wanted, known)
            except (OSError, ParseError, StorageError) as error:
                raise PromptMissing(name) from error
            finally:
                self._locks.pop(wanted, None)
        return known

    def _remember(self, wanted: Say | Path, source: FileSource) -> None:
        self._ready[wanted] = source
        if len(self._ready) > MAX_REMEMBERED:
            del self._ready[next(iter(self._ready))]

    async def _convert(self, recorded: Path) -> FileSource:
        key = _key("file", await asyncio.to_thread(file_sha256, recorded))
        target = self._cache / f"{key}.wav"
        if not target.exists():
            async with self._rendering:
                await asyncio.to_thread(convert, recorded, target)
        return await asyncio.to_thread(_file_source, target)

    async def _speak(self, say: Say) -> FileSource:
        assert self._engine is not None
        key = _key("speech", self._engine.name, say.language, say.text)
        # Sentences with values are as many as there are values: they are kept for a while only.
        folder = self._cache / FLEETING if say.pieces else self._cache
        target = folder / f"{key}.wav"
        if not target.exists():
            async with self._rendering:
                with tempfile.TemporaryDirectory() as scratch:
                    spoken = Path(scratch) / "spoken.wav"
                    await self._engine.speak(say.text, say.language, spoken)
                    await asyncio.to_thread(convert, spoken, target)
            if say.pieces:
                await asyncio.to_thread(_forget_oldest, folder)
        return await asyncio.to_thread(_file_source, target)


def _name(say: Say) -> str:
    """What a report calls a sentence: nothing that a caller has entered."""
    return say.name or say.text


def _name_of(recorded: Path) -> str:
    return f"{recorded.parent.name}/{recorded.name}"


def _forget_oldest(folder: Path) -> None:
    """Leave the newest files: what is about to be played is among them."""
    ages: list[tuple[int, Path]] = []
    for file in folder.glob("*.wav"):
        with contextlib.suppress(FileNotFoundError):  # the library of another tenant tidies up here too
            ages.append((file.stat().st_mtime_ns, file))
    for _, file in sorted(ages)[: -2 * MAX_FLEETING]:  # each may have a twin for wide-band telephones
        file.unlink(missing_ok=True)


def _read_index(index: Path) -> dict[Say, Path]:
    try:
        tree = yaml.safe_load(index.read_text(encoding="utf-8")) or {}
        entries = {str(name): str(text) for name, text in tree.items()}
    except (AttributeError, OSError, UnicodeError, yaml.YAMLError) as error:
        raise _index_error(index, "", f"cannot be read: {type(error).__name__}") from None
    found: dict[Say, Path] = {}
    for name, text in entries.items():
        if Path(name).name != name or not (index.parent / name).is_file():
            raise _index_error(index, name, "no such file beside the index")
        found[Say(text=text, language=index.parent.name)] = index.parent / name
    return found


def _index_error(index: Path, path: str, message: str) -> ConfigError:
    return ConfigError(
        file=str(index), line=1, column=1, path=path, message=message, hint='file.wav: "sentence"'
    )


def _key(*parts: str) -> str:
    return hashlib.sha256(json.dumps([FORMAT_VERSION, *parts]).encode()).hexdigest()


def _file_source(path: Path) -> FileSource:
    octets = path.read_bytes()
    n_samples = len(read(octets)) // 2
    return FileSource(
        path=str(path),
        sha256=hashlib.sha256(octets).hexdigest(),
        duration_ms=n_samples * 1000 // SAMPLE_RATE,
    )


def _proof(source: Sounding) -> dict[str, object]:
    """What identifies the audio of a source; not where it happens to lie."""
    facts: dict[str, object] = asdict(source)
    facts.pop("path", None)
    return {"kind": type(source).__name__} | facts
