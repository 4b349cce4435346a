"""Turns play sources into clips: reads prompt files, renders tones, remembers both."""

import hashlib
from collections import OrderedDict
from dataclasses import replace
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path

import yaml

from pbx.core.errors import ParseError, StorageError
from pbx.media.clip import WIDE_RATE, Clip
from pbx.media.comfort_noise import noise
from pbx.media.effects import FileSource, NoiseSource, SilenceSource, ToneSource
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.sources import Sounding
from pbx.media.tone_book import ToneBook, find_tone, parse_book
from pbx.media.tone_cadence import CountryTones, country_tones
from pbx.media.tones import tone_clip
from pbx.media.wav import MAX_TWIN, MAX_WAV, read_wav, twin_of

MAX_CACHED_BYTES = 128 << 20  # half an hour of prompts in every form; the least recently played go first
NOISE_S = 2  # nobody hears noise repeat that is longer than a second
_SILENCE = Clip(pcm=bytes(2 * SAMPLE_RATE // 10), n_samples=0)


def load_tones() -> ToneBook:
    """Return the tones that ship with the package."""
    text = resources.files("pbx.media").joinpath("tones.yaml").read_text(encoding="utf-8")
    return parse_book(yaml.safe_load(text))


class ClipLoader:
    """StorageError(retryable=False) when a file is missing, damaged or not what was ordered."""

    def __init__(self, tones: ToneBook) -> None:
        self._tones = tones
        self._files: OrderedDict[tuple[str, str], Clip] = OrderedDict()
        self._n_bytes = 0
        self._render = lru_cache(maxsize=32)(self._tone)
        self._heard = lru_cache(maxsize=8)(partial(country_tones, tones))
        self._noise = lru_cache(maxsize=8)(_noise)

    def load(self, source: Sounding) -> Clip:
        """Return the clip of one source; the same object for the same file, with what was made of it."""
        if isinstance(source, FileSource):
            return self._file(source)
        if isinstance(source, SilenceSource):
            return replace(_SILENCE, n_samples=_n_samples(source.duration_ms))
        if isinstance(source, NoiseSource):
            return replace(self._noise(source.level), n_samples=_n_samples(source.duration_ms))
        return self._render(source)

    def tones_of(self, country: str) -> CountryTones:
        """Return what can be heard of the exchanges of a country."""
        return self._heard(country)

    def _tone(self, source: ToneSource) -> Clip:
        tone = find_tone(self._tones, source.country, source.tone)
        if tone is None:
            raise StorageError(f"no tone named {source.tone!r}", retryable=False)
        return tone_clip(tone, source.duration_ms)

    def _file(self, source: FileSource) -> Clip:
        key = (source.path, source.sha256)
        if key in self._files:
            self._files.move_to_end(key)
            return self._files[key]
        clip = _read(source)
        self._files[key] = clip
        self._n_bytes += _n_bytes(clip)
        while self._n_bytes > MAX_CACHED_BYTES and len(self._files) > 1:
            self._n_bytes -= _n_bytes(self._files.popitem(last=False)[1])
        return clip


def _n_samples(duration_ms: int | None) -> int | None:
    return None if duration_ms is None else max(duration_ms, 0) * SAMPLE_RATE // 1000


def _noise(level: int) -> Clip:
    """Noise that is repeated after NOISE_S; StorageError for a level that there is not."""
    try:
        narrow, wide = (noise(level, NOISE_S * rate) for rate in (SAMPLE_RATE, WIDE_RATE))
    except ValueError as error:
        raise StorageError(str(error), retryable=False) from None
    return Clip(pcm=narrow, n_samples=None, wide=wide)


def _n_bytes(clip: Clip) -> int:
    """What a clip may come to: itself, both laws, and the 16 kHz form."""
    return 4 * len(clip.pcm)


def _read(source: FileSource) -> Clip:
    path = Path(source.path)
    try:
        octets = _octets(path, MAX_WAV)
        # A proof names the prompt by its hash, so the file must still be that prompt.
        if source.sha256 and hashlib.sha256(octets).hexdigest() != source.sha256:
            raise StorageError(f"{path.name}: changed since it was prepared", retryable=False)
        narrow = read_wav(octets)
        wide = _twin(twin_of(path), narrow.twin_sha256)
    except OSError as error:
        raise StorageError(f"{path.name}: {error.strerror}", retryable=False) from None
    except ParseError as error:
        raise StorageError(f"{path.name}: {error}", retryable=False) from None
    return Clip(pcm=narrow.pcm, n_samples=len(narrow.pcm) // 2, wide=wide)


def _twin(path: Path, sha256: bytes) -> bytes:
    """Return the samples of the twin, if there is one; StorageError when it is not the one that was named."""
    if not sha256 or not path.exists():
        return b""
    octets = _octets(path, MAX_TWIN)
    if hashlib.sha256(octets).digest() != sha256:
        raise StorageError(f"{path.name}: changed since it was prepared", retryable=False)
    return read_wav(octets, rate=WIDE_RATE).pcm


def _octets(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)
