"""Journals as the finaliser finds them: the parts of all chapters of a recording, in one spool or in several.

A recording is taken when none of its parts has a living owner: all locks are got, and a second look finds no
further part. Spools that should be there and are not are `away`: what is not whole without them waits.
"""

import fcntl
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from pbx.core.errors import StorageError
from pbx.core.ids import Ids
from pbx.recording.io import spool_pair
from pbx.recording.io.journal_files import PartNumber, parse_name, part_name
from pbx.recording.journal import MAX_CHAPTER, MAX_PART

QUARANTINE = "quarantine"
_NUMBERS = [
    PartNumber(chapter, part) for chapter in range(1, MAX_CHAPTER + 1) for part in range(1, MAX_PART + 1)
]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LockedPart:
    """A file of a journal, and the descriptor that holds its lock."""

    number: PartNumber
    path: Path
    fd: int


class FoundJournals:
    """The journals in a spool, in the spare, and in spares of earlier that are not empty.

    A recording is named by the path of its last part: what is sealed from it lies beside that one, on the
    disk that took journals last, or in another spool when that disk has no room.
    """

    def __init__(self, spool: Path, spare: Path | None, ids: Ids) -> None:
        self._spool, self._spare, self._ids = spool, spare, ids
        self._folders: tuple[Path, ...] = (spool,)
        self._places: tuple[Path, ...] = (spool, *([spare] if spare else []))
        self._away: frozenset[Path] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether every spool was there at the last look."""
        return not self._away

    @property
    def places(self) -> tuple[Path, ...]:
        """Every spool that was known at the last look."""
        return self._places

    def look(self, stalled: Collection[Path] = ()) -> frozenset[Path]:
        """Return the last part of each recording, looked up now; what is `stalled` is not touched."""
        spares = self._places[1:]  # while the first one cannot be asked
        if self._spool not in stalled:
            known = [Path(path) for path in spool_pair.read_pairs(self._spool)]
            spares = tuple(dict.fromkeys((*([self._spare] if self._spare else []), *known)))
        self._places = (self._spool, *spares)
        away = [one for one in self._places if one in stalled or not self._is_there(one, stalled)]
        if frozenset(away) != self._away:
            for one in away:
                _log.error("a spool is away: recordings that may lie there wait", spool=str(one))
        self._folders = tuple(one for one in self._places if one not in stalled)
        self._away = frozenset(away)
        last: dict[str, tuple[PartNumber, Path]] = {}
        for recording, number, path in _journals(self._folders):
            last[recording] = max(last.get(recording, (number, path)), (number, path))
        return frozenset(path for _, path in last.values())

    def homes(self, path: Path) -> tuple[Path, ...]:
        """Return the paths beside which may lie what is sealed from a recording, the best first."""
        there = (folder for folder in self._folders if folder != path.parent and folder not in self._away)
        return path, *(folder / path.name for folder in there)

    def lock(self, recording: str) -> list[LockedPart] | None:
        """Return all parts; None when an owner lives, or another finaliser has been here."""
        parts: list[LockedPart] = []
        for number, path in self._parts(recording):
            fd = _lock(path)
            if fd is None:
                break
            parts.append(LockedPart(number, path, fd))
        if parts and self._parts(recording) == [(part.number, part.path) for part in parts]:
            return parts
        release(parts)
        return None

    def _parts(self, recording: str) -> list[tuple[PartNumber, Path]]:
        names = [(number, part_name(recording, number.part, number.chapter)) for number in _NUMBERS]
        found = [(number, folder / name) for number, name in names for folder in self._folders]
        return [(number, path) for number, path in found if path.exists()]

    def _is_there(self, spare: Path, stalled: Collection[Path]) -> bool:
        """Whether it is the spare that it was; one that is not configured and empty is forgotten.

        While the first spool is stalled nobody can know: then it is as it was.
        """
        if spare == self._spool:
            return True
        if self._spool in stalled:
            return spare not in self._away
        try:
            is_empty = not any(_journals([spare]))
            is_pair = spool_pair.join(self._spool, spare, ids=self._ids, is_empty=is_empty)
            if is_pair and is_empty and spare != self._spare:
                spool_pair.forget(self._spool, spare)
        except (OSError, StorageError):
            return False
        return is_pair


def release(parts: Iterable[LockedPart]) -> None:
    """Give the locks back."""
    for part in parts:
        os.close(part.fd)


def delete(part: LockedPart) -> None:
    """Delete a part; the last one is the last to go: it names the recording until all is over."""
    try:
        part.path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"the spool keeps a journal: {error.strerror}", retryable=False) from None


def put_aside(parts: Iterable[LockedPart]) -> None:
    """Keep what cannot be read for a human; what was put aside before is there already."""
    for part in parts:
        if not part.path.exists():
            continue
        aside = part.path.parent / QUARANTINE
        aside.mkdir(mode=0o700, exist_ok=True)
        part.path.rename(aside / part.path.name)


def journals(*spools: Path) -> frozenset[str]:
    """The recordings of which a journal lies in a spool, open or waiting for the finaliser."""
    return frozenset(recording for recording, _, _ in _journals(spools))


def of_recording(recording: str, folder: Path) -> list[Path]:
    """The files of one recording's journals in a folder."""
    names = [part_name(recording, number.part, number.chapter) for number in _NUMBERS]
    return [path for name in names if (path := folder / name).exists()]


def files(*folders: Path) -> tuple[Path, ...]:
    """The files of all journals in folders, each part for itself."""
    return tuple(path for _, _, path in _journals(folders))


def _journals(folders: Sequence[Path]) -> Iterable[tuple[str, PartNumber, Path]]:
    for folder in folders:
        for path in folder.glob("*.jrn*"):
            if (name := parse_name(path.name)) is not None:
                yield *name, path


def _lock(path: Path) -> int | None:
    """Return a locked descriptor; None when the owner lives, or the file is gone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():
            return fd
    except BlockingIOError:
        pass
    os.close(fd)
    return None


def age(path: Path) -> float:
    """When a file was written last, seconds since 1970; 0 = it is not there any more."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
