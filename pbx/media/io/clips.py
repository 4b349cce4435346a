"""Turns play sources into clips: reads prompt files, renders tones, remembers both."""

import hashlib
from collections import OrderedDict
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml

from pbx.core.errors import ParseError, StorageError
from pbx.media.effects import FileSource, SilenceSource, Source, ToneSource
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.player import Clip
from pbx.media.tone_book import ToneBook, find_tone, parse_book
from pbx.media.tones import tone_clip
from pbx.media.wav import MAX_WAV, read

MAX_CACHED_BYTES = 64 << 20  # prompts of a busy node; the least recently played go first
_SILENT = bytes(2 * SAMPLE_RATE // 10)


def load_tones() -> ToneBook:
    """Return the tones that ship with the package."""
    text = resources.files("pbx.media").joinpath("tones.yaml").read_text(encoding="utf-8")
    return parse_book(yaml.safe_load(text))


class ClipLoader:
    """StorageError(retryable=False) when a file is missing, damaged or not what was ordered."""

    def __init__(self, tones: ToneBook) -> None:
        self._tones = tones
        self._files: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._n_bytes = 0
        self._render = lru_cache(maxsize=32)(self._tone)

    def load(self, source: Source) -> Clip:
        """Return the clip of one source."""
        if isinstance(source, FileSource):
            pcm = self._file(source)
            return Clip(pcm=pcm, n_samples=len(pcm) // 2)
        if isinstance(source, SilenceSource):
            return Clip(pcm=_SILENT, n_samples=max(source.duration_ms, 0) * SAMPLE_RATE // 1000)
        return self._render(source)

    def _tone(self, source: ToneSource) -> Clip:
        tone = find_tone(self._tones, source.country, source.tone)
        if tone is None:
            raise StorageError(f"no tone named {source.tone!r}", retryable=False)
        return tone_clip(tone, source.duration_ms)

    def _file(self, source: FileSource) -> bytes:
        key = (source.path, source.sha256)
        if key in self._files:
            self._files.move_to_end(key)
            return self._files[key]
        pcm = _read(source)
        self._files[key] = pcm
        self._n_bytes += len(pcm)
        while self._n_bytes > MAX_CACHED_BYTES:
            self._n_bytes -= len(self._files.popitem(last=False)[1])
        return pcm


def _read(source: FileSource) -> bytes:
    path = Path(source.path)
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_WAV + 1)
        # A proof names the prompt by its hash, so the file must still be that prompt.
        if source.sha256 and hashlib.sha256(octets).hexdigest() != source.sha256:
            raise StorageError(f"{path.name}: changed since it was prepared", retryable=False)
        return read(octets)
    except OSError as error:
        raise StorageError(f"{path.name}: {error.strerror}", retryable=False) from None
    except ParseError as error:
        raise StorageError(f"{path.name}: {error}", retryable=False) from None
