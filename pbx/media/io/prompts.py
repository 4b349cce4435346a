"""The prompt library: sentences to play sources, from recorded files or a speech engine, cached by content.

A recorded folder holds one folder per language with WAV files and `index.yaml` (file.wav: "sentence").
"""

import asyncio
import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from pbx.core.errors import ConfigError, ParseError, StorageError
from pbx.media.dialogue import Pause, PlayTone, Prompt, Say
from pbx.media.effects import FileSource, SilenceSource, ToneSource
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.io.audio_files import convert, file_sha256
from pbx.media.io.engines import SpeechEngine
from pbx.media.sources import Sounding
from pbx.media.wav import read

FORMAT_VERSION = "2"  # a change of level or rate makes new cache entries
INDEX = "index.yaml"
MAX_REMEMBERED = 10_000  # sentences; forgotten ones are found again in the cache folder
MAX_RENDERING = 2  # engines are CPU-bound; calls in progress need the rest


class PromptMissing(Exception):
    """No recording of this sentence, and no engine that can speak it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPrompts:
    """What to order from the media worker; `sha256` proves the audio, endless tones count 0 ms."""

    sources: tuple[Sounding, ...]
    sha256: str
    total_ms: int


class PromptLibrary:
    """`prepare` may run many times at once; the same sentence is rendered once."""

    def __init__(
        self, recorded: tuple[Path, ...], cache: Path, engine: SpeechEngine | None, country: str
    ) -> None:
        """Read every index; ConfigError names a broken one by file. Earlier folders win."""
        self._cache, self._engine, self._country = cache, engine, country
        self._recorded: dict[Say, Path] = {}
        for folder in reversed(recorded):
            for index in sorted(folder.glob(f"*/{INDEX}")):
                self._recorded |= _read_index(index)
        self._ready: dict[Say, FileSource] = {}
        self._locks: dict[Say, asyncio.Lock] = {}
        self._rendering = asyncio.Semaphore(MAX_RENDERING)

    async def prepare(self, prompts: tuple[Prompt, ...]) -> PreparedPrompts:
        """Return sources for the prompts; PromptMissing names the first sentence that cannot be had."""
        sources = tuple([await self._source(prompt) for prompt in prompts])
        proof = json.dumps([_proof(source) for source in sources], sort_keys=True)
        return PreparedPrompts(
            sources=sources,
            sha256=hashlib.sha256(proof.encode()).hexdigest(),
            total_ms=sum(source.duration_ms or 0 for source in sources),
        )

    async def _source(self, prompt: Prompt) -> Sounding:
        if isinstance(prompt, Pause):
            return SilenceSource(duration_ms=prompt.duration_ms)
        if isinstance(prompt, PlayTone):
            return ToneSource(country=self._country, tone=prompt.tone, duration_ms=prompt.duration_ms)
        # Whoever comes second waits for the first one's file instead of rendering it again.
        lock = self._locks.setdefault(prompt, asyncio.Lock())
        async with lock:
            try:
                known = self._known(prompt)
                if known is None:
                    known = await self._render(prompt)
                    self._remember(prompt, known)
            finally:
                self._locks.pop(prompt, None)
        return known

    def _known(self, say: Say) -> FileSource | None:
        known = self._ready.get(say)
        return known if known is not None and Path(known.path).exists() else None

    def _remember(self, say: Say, source: FileSource) -> None:
        self._ready[say] = source
        if len(self._ready) > MAX_REMEMBERED:
            del self._ready[next(iter(self._ready))]

    async def _render(self, say: Say) -> FileSource:
        try:
            recorded = self._recorded.get(say)
            if recorded is not None:
                key = _key("file", await asyncio.to_thread(file_sha256, recorded))
            elif self._engine is not None:
                key = _key("speech", self._engine.name, say.language, say.text)
            else:
                raise PromptMissing(say.text)
            target = self._cache / f"{key}.wav"
            if not target.exists():
                async with self._rendering:
                    await self._make(say, recorded, target)
            return await asyncio.to_thread(_file_source, target)
        except (OSError, ParseError, StorageError) as error:
            raise PromptMissing(say.text) from error

    async def _make(self, say: Say, recorded: Path | None, target: Path) -> None:
        if recorded is not None:
            await asyncio.to_thread(convert, recorded, target)
        elif self._engine is not None:
            with tempfile.TemporaryDirectory() as folder:
                spoken = Path(folder) / "spoken.wav"
                await self._engine.speak(say.text, say.language, spoken)
                await asyncio.to_thread(convert, spoken, target)


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
