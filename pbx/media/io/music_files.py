"""Music on hold from files: a folder becomes levelled clips once, and one programme of a worker."""

import hashlib
import json
import logging
from collections import OrderedDict
from importlib import resources
from pathlib import Path

from pbx.core.errors import ParseError, StorageError
from pbx.core.ids import Ids
from pbx.media.effects import FileSource
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.io.audio_files import convert, file_sha256
from pbx.media.io.clips import ClipLoader
from pbx.media.music import SUFFIXES, MusicClass, Order, Programme
from pbx.media.wav import read

MAX_FILES = 64  # of one class, in the order of their names
MAX_CLASS_MS = 1_200_000  # 20 minutes of music are 77 MB of a worker's memory, in every form
MAX_PROGRAMMES = 64  # of one worker; the least recently heard begins anew
_FORMAT_VERSION = "2"
_SHIPPED = "hold.ogg"

_log = logging.getLogger(__name__)


def prepare(music: MusicClass, cache: Path) -> tuple[FileSource, ...]:
    """Return what is to be played, converted where the cache has it not; takes seconds the first time.

    A file that cannot be read is left out, with a warning. StorageError when nothing is left.
    """
    sources: list[FileSource] = []
    total_ms = 0
    for file in _files(music):
        try:
            source = _prepared(file, music.level_db, cache)
        except (OSError, ParseError, StorageError) as error:
            _log.warning("music=%s %s", music.name, error)
            continue
        total_ms += source.duration_ms
        if total_ms > MAX_CLASS_MS:
            _log.warning(
                "music=%s %s and what follows: longer than 20 minutes together", music.name, file.name
            )
            break
        sources.append(source)
    if not sources:
        raise StorageError(f"music {music.name}: no file that can be played", retryable=False)
    return tuple(sources)


def _files(music: MusicClass) -> list[Path]:
    if music.folder is None:
        return [Path(str(resources.files("pbx.media").joinpath(_SHIPPED)))]
    try:
        found = sorted(file for file in music.folder.iterdir() if file.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise StorageError(f"music {music.name}: {error.strerror}", retryable=False) from None
    if len(found) > MAX_FILES:
        _log.warning("music=%s only the first %d of %d files", music.name, MAX_FILES, len(found))
    return found[:MAX_FILES]


def _prepared(file: Path, level_db: int, cache: Path) -> FileSource:
    parts = [_FORMAT_VERSION, "music", level_db, file_sha256(file)]
    target = cache / f"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}.wav"
    if not target.exists():
        convert(file, target, level_db=level_db)
    octets = target.read_bytes()
    return FileSource(
        path=str(target),
        sha256=hashlib.sha256(octets).hexdigest(),
        duration_ms=len(read(octets)) // 2 * 1000 // SAMPLE_RATE,
    )


class Programmes:
    """What is on air in this worker; a class begins with its first listener and goes on without one."""

    def __init__(self, clips: ClipLoader, ids: Ids) -> None:
        self._clips, self._ids = clips, ids
        self._on_air: OrderedDict[tuple[tuple[FileSource, ...], Order], Programme] = OrderedDict()

    def programme(self, sources: tuple[FileSource, ...], order: Order, now: float) -> Programme:
        """Return the programme of these files, the same for every listener; StorageError as `ClipLoader`."""
        key = (sources, order)
        known = self._on_air.get(key)
        if known is None:
            known = Programme(tuple(self._clips.load(one) for one in sources), order, self._ids, now)
            self._on_air[key] = known
        self._on_air.move_to_end(key)
        if len(self._on_air) > MAX_PROGRAMMES:
            self._on_air.popitem(last=False)
        return known
