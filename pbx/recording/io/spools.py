"""The spool directories of a process that records: a first one and perhaps a spare on another disk.

Each has threads of its own, so that one disk does not wait for the other. New recordings begin in the first
one that accepts them; one whose disk refuses, or does not answer for STALL_S, goes on in the other directory.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from pbx.core.errors import StorageError
from pbx.recording.io import spool_pair, spool_space
from pbx.recording.io.journal_part import JournalPart
from pbx.recording.io.writer_thread import LOOK_INTERVAL_S, NAME, WriterThread
from pbx.recording.spool_health import SpoolHealth

# A ring is full in four seconds when a recording takes all that its limits allow, 250 packets/s each way.
STALL_S = 3.0
_OCTETS = b"\x00" * 65536
TRIAL = ".trial-"  # and the process, of the file that a spool has to take
_SPARE_NAME = f"{NAME}-spare"
_log = structlog.get_logger()


class Lane:
    """One directory with its thread, its health and the parts that lie in it."""

    def __init__(self, spool: Path, thread: WriterThread, health: SpoolHealth) -> None:
        self.spool, self._thread, self.health = spool, thread, health
        self.marks: frozenset[str] = frozenset()  # of its pair, as read last
        self._lock = threading.Lock()
        self._running: dict[JournalPart, Callable[[str], None]] = {}
        self._writing, self._syncing = _Movement(), _Movement()

    def watched_by(self, look: Callable[[], None]) -> None:
        """Have `look` called in its thread each LOOK_INTERVAL_S, and the disk tried behind each sync."""
        self._thread.look = look
        self._thread.syncs.between = self._try_again

    def add(self, part: JournalPart, leave: Callable[[str], None]) -> None:
        """Have a part written; `leave` is called when it has to go on elsewhere. StorageError: too many."""
        with self._lock:
            self._running[part] = leave
        try:
            self._thread.add(part)
        except StorageError:
            self.gone(part)
            raise

    def gone(self, part: JournalPart) -> None:
        """Nothing more comes for a part."""
        with self._lock:
            self._running.pop(part, None)

    def refuses(self, reason: str) -> None:
        """A disk that refuses one recording gets no new ones."""
        if self.health.refused(time.monotonic()):
            _log.error("a spool refuses journals", spool=str(self.spool), reason=reason)

    def stands_still(self) -> bool:
        """Whether it has waited for its disk for STALL_S; asked each LOOK_INTERVAL_S by the other.

        A disk that takes octets and does not answer a sync holds them in memory, where a loss of power finds
        them.
        """
        n_still = max(
            self._writing.n_still(self._thread.n_turns), self._syncing.n_still(self._thread.syncs.going_on)
        )
        return n_still * LOOK_INTERVAL_S >= STALL_S

    def clear(self) -> None:
        """Have all parts go on elsewhere."""
        with self._lock:
            running = list(self._running.values())
        self.refuses("it does not answer")
        for leave in running:
            leave("the spool does not answer")

    def measure(self) -> None:
        """Look whose pair it is, and how full."""
        try:
            self.marks = spool_pair.marks(self.spool)
            self.health.filled(spool_space.measure(self.spool).used_percent)
        except OSError as error:
            self.refuses(error.strerror or "input/output error")

    def _try_again(self) -> None:
        if self.health.needs_trial and self.health.tried(time.monotonic(), went_well=_takes(self.spool)):
            _log.warning("a spool takes journals again", spool=str(self.spool))


class _Movement:
    """At how many looks in a row something was where it had been; None = it has nothing to do."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._n_still = 0

    def n_still(self, now: int | None) -> int:
        """Take a look; return how many have found no movement."""
        self._n_still = self._n_still + 1 if now is not None and now == self._seen else 0
        self._seen = now
        return self._n_still


class Spools:
    """Where the recordings of a process go."""

    def __init__(self, first: Path, spare: Path | None = None) -> None:
        self.first = Lane(first, WriterThread.current(), SpoolHealth())
        self.spare: Lane | None = None
        if spare is not None:
            self.spare = Lane(spare, WriterThread.current(_SPARE_NAME), SpoolHealth(is_there=False))
            self._watch(self.first, self.spare)
            self._watch(self.spare, self.first)

    def choose(self) -> Lane:
        """Where a new recording begins."""
        if self.spare is not None and not self.first.health.accepts and self.spare.health.accepts:
            return self.spare
        return self.first

    def instead_of(self, lane: Lane, reason: str) -> Lane | None:
        """Where a recording goes on that `lane` refuses, if anywhere."""
        if self.spare is None:
            return None
        lane.refuses(reason)
        other = self.spare if lane is self.first else self.first
        return other if other.health.answers else None

    def _watch(self, mine: Lane, other: Lane) -> None:
        def look() -> None:
            mine.measure()
            if self.spare is not None:
                self.spare.health.found(is_there=not self.first.marks.isdisjoint(self.spare.marks))
            if other.stands_still():
                other.clear()

        mine.watched_by(look)


def _takes(spool: Path) -> bool:
    """Whether a spool takes a file and brings it to its disk."""
    path = spool / f"{TRIAL}{os.getpid()}"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, _OCTETS)
            os.fdatasync(fd)
        finally:
            os.close(fd)
            path.unlink()
    except OSError:
        return False
    return True
