"""The journal of facts: what the database does not take now, sealed in files of `var/records`, oldest first.

A file is a segment; a full one is followed by the next, and one whose facts are written is removed. Every
call here waits for the disk.
"""

import errno
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pbx.core.errors import MisuseError, ParseError, StorageError
from pbx.core.ids import Ids, hex_id
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording.io.awaited import FACTS
from pbx.store.fact_codec import decode, encode
from pbx.store.fact_seal import Sealer, open_segment
from pbx.store.facts import Numbered

SEGMENT_BYTES = 1 << 20  # some 2,000 facts: as many as one transaction writes in half a second
RECORD_FACTS = 1000
MAX_BYTES = 256 << 20  # more than an hour at 100 calls per second
RESERVE, RESERVE_BYTES = "reserve", 4 << 20  # some 9,000 facts, or 900 calls
GONE = "it is gone"
SUFFIX, ASIDE = FACTS, ".unreadable"
_log = logging.getLogger("pbx.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A file as it was read. `damage`: what stands behind it in the file cannot be read."""

    path: Path
    journal: str
    facts: tuple[Numbered, ...]
    damage: str = ""


class FactJournal:
    """The files of one folder; `name` is that of the journal that this process writes."""

    def __init__(self, folder: Path, key: Secret[bytes], ids: Ids, max_bytes: int = MAX_BYTES) -> None:
        self._folder, self._key, self._ids, self.max_bytes = folder, key, ids, max_bytes
        self.name = hex_id(ids)
        self._began_ms = int(utc_now().timestamp() * 1000)
        self._n_segments = 0
        self._growing: _Growing | None = None
        self._kept: dict[Path, int] = {}  # how many facts are in each segment that this process began
        self.n_bytes = 0  # of these
        self._finished: dict[Path, str] = {}  # written, and not removed yet; what was wrong with each
        self.refused = 0  # facts of a type that has no sealed form
        self._reserves = False

    @property
    def n_facts(self) -> int:
        """How many facts this process has put here that are still here."""
        return sum(self._kept.values())

    @property
    def oldest(self) -> Path | None:
        """The segment to be read first, of those that this process began."""
        return next(iter(self._kept), None)

    def append(self, facts: Sequence[Numbered]) -> None:
        """Keep facts: they are on the disk when this returns. StorageError: none of them counts as kept."""
        lines = list(self._lines(facts))
        try:
            try:
                self._keep(lines)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self._release():
                    raise
                self._keep(lines)
        except OSError as error:
            raise StorageError(f"the journal of facts: {error.strerror}", retryable=True) from None

    def reserve(self) -> None:
        """Hold room on the disk for the time when nothing else has left any; a full disk has none to hold."""
        path, self._reserves = self._folder / RESERVE, True
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
            finally:
                os.close(descriptor)
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            _log.warning("journal of facts: no room is held for a full disk: %s", error.strerror)

    def _release(self) -> bool:
        """Let the reserve go; whether there was one."""
        try:
            (self._folder / RESERVE).unlink()
        except OSError:
            return False
        _log.error("journal of facts: the disk is full, facts go where room was held for them")
        return True

    def _keep(self, lines: Sequence[bytes]) -> None:
        """Put all on the disk or, with OSError, none: what waits in memory then may yet change."""
        before, kept, n_bytes = self._growing, dict(self._kept), self.n_bytes
        length = 0 if before is None else before.n_bytes
        try:
            if self.n_bytes + sum(map(len, lines)) > self.max_bytes:
                raise OSError(0, f"it has its {self.max_bytes} octets")
            for first in range(0, len(lines), RECORD_FACTS):
                self._append(lines[first : first + RECORD_FACTS])
            if self._growing is not None:
                os.fsync(self._growing.descriptor)
        except OSError:
            begun = {*self._kept, *([self._growing.path] if self._growing is not None else [])} - set(kept)
            self.close()
            with suppress(OSError):
                for path in begun:
                    path.unlink(missing_ok=True)
                if before is not None:
                    os.truncate(before.path, length)
            self._kept, self.n_bytes = kept, n_bytes
            raise

    def segments(self) -> list[Path]:
        """All files of the folder, oldest first: at the start those of an earlier process."""
        return sorted(self._folder.glob(f"*{SUFFIX}"))

    def read(self, path: Path) -> Segment:
        """Return what a file holds; it does not grow any more then. StorageError when the disk refuses it."""
        if self._growing is not None and self._growing.path == path:
            self.close()
        try:
            octets = path.read_bytes()
        except FileNotFoundError:
            return Segment(path=path, journal="", facts=(), damage=GONE)
        except OSError as error:
            raise StorageError(f"{path.name}: {error.strerror}", retryable=True) from None
        facts: list[Numbered] = []
        try:
            opened = open_segment(octets, self._key)
            for plain in opened.plain:
                facts += decode(plain)
        except ParseError as error:
            return Segment(path=path, journal="", facts=(), damage=str(error))
        damage = "" if opened.is_torn else opened.damage
        return Segment(path=path, journal=opened.journal, facts=tuple(facts), damage=damage)

    def remove(self, segment: Segment) -> None:
        """Its facts are written; what cannot be read of it is left aside, for somebody to look at."""
        self._kept.pop(segment.path, None)
        self._finished[segment.path] = segment.damage
        for path, damage in list(self._finished.items()):
            try:
                self._remove(path, damage)
            except OSError as error:  # its facts are not written again: the database knows how far it is
                _log.error("journal of facts: %s cannot be removed: %s", path.name, error.strerror)
            else:
                del self._finished[path]
        if self._reserves and not self._kept and not (self._folder / RESERVE).exists():
            self.reserve()

    def _remove(self, path: Path, damage: str) -> None:
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            if damage:
                path.rename(path.with_suffix(ASIDE))
                _log.error("journal of facts: %s is left aside: %s", path.name, damage)
            else:
                path.unlink()
            self.n_bytes = max(0, self.n_bytes - size)

    def close(self) -> None:
        """The next facts begin a segment."""
        growing, self._growing = self._growing, None
        if growing is not None:
            with suppress(OSError):  # what was kept is synced already
                os.close(growing.descriptor)

    def _lines(self, facts: Sequence[Numbered]) -> Iterator[bytes]:
        for fact in facts:
            try:
                yield encode(fact)
            except (MisuseError, TypeError, ValueError) as error:  # it must not keep the others from the disk
                self.refused += 1
                _log.error("journal of facts: a %s was refused: %s", type(fact.entry).__name__, error)

    def _append(self, lines: Sequence[bytes]) -> None:
        growing = self._growing or self._begin()
        record = growing.sealer.seal(b"".join(lines))
        _write(growing.descriptor, record)
        self._kept[growing.path] = self._kept.get(growing.path, 0) + len(lines)
        self.n_bytes += len(record)
        growing.n_bytes += len(record)
        if growing.n_bytes >= SEGMENT_BYTES:
            os.fsync(growing.descriptor)
            self.close()

    def _begin(self) -> "_Growing":
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._n_segments += 1
        path = self._folder / f"{self._began_ms:015d}-{self.name}-{self._n_segments:08d}{SUFFIX}"
        sealer = Sealer(self._key, self.name, self._ids)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._growing = _Growing(path, descriptor, sealer, len(sealer.head))
        _write(descriptor, sealer.head)
        _sync_folder(self._folder)
        return self._growing


@dataclass(slots=True)
class _Growing:
    """The segment that grows."""

    path: Path
    descriptor: int
    sealer: Sealer
    n_bytes: int  # that are whole records, and the head


def _write(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _sync_folder(folder: Path) -> None:
    """A file that a loss of power may take out of its folder keeps nothing."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
