"""The thread of a process that waits for a spool's disk: it opens, writes and syncs all journals there.

Loop and thread share one interpreter: whoever gets it keeps it until the next system call, and packets wait
meanwhile. So the thread is left with joining, sealing and writing, and takes some journals at a time.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar, Protocol

import structlog

from pbx.core.errors import StorageError

FLUSH_INTERVAL_S = 0.15
MAX_TURNS = 12  # in an interval
TURN = 16  # journals in a turn before there are two: a turn itself costs more than several of them
SYNC_INTERVAL_S = 1.0
LOOK_INTERVAL_S = 0.5
NAME = "journal-writer"
MAX_WAITING = 400  # journals without a file: a worker's 200 calls, and as many that ended meanwhile
_log = structlog.get_logger()


def turns(n_journals: int) -> int:
    """Return in how many turns of an interval so many journals are written."""
    return max(min(-(-n_journals // TURN), MAX_TURNS), 1)


class Written(Protocol):
    """One journal as its thread sees it; no method raises but `sync`, an OSError.

    begin -> flush ... flush -> sync -> end; nothing more after a `begin` that said no.
    """

    @property
    def recording(self) -> str: ...

    @property
    def device(self) -> int:
        """The file system that it lies on."""
        ...

    def begin(self) -> bool:
        """Open the file; False when there will be none."""
        ...

    def flush(self) -> bool:
        """Write what is queued; False when nothing more comes."""
        ...

    def sync(self) -> int:
        """Bring the octets written to all files of the device to the disk; return the device."""
        ...

    @property
    def is_kept(self) -> bool:
        """Whether the file stays open, though nothing more comes."""
        ...

    def end(self) -> None:
        """Close the file: it is somebody else's now."""
        ...


class WriterThread:
    """One for each `name` in a process; a forked child gets its own.

    `look`, if there is one, is called each LOOK_INTERVAL_S in the thread; `n_turns` stands still while the
    thread waits for the disk.
    """

    _instances: ClassVar[dict[tuple[int, str], "WriterThread"]] = {}

    def __init__(self, name: str) -> None:
        self.look: Callable[[], None] | None = None
        self.n_turns = 0
        self._added: deque[Written] = deque()
        self._open: deque[Written] = deque()  # the one that waits longest comes first
        self._over: list[Written] = []  # written, not synced
        self._news = threading.Event()
        self._idle = threading.Condition()
        self._n_open = 0
        threading.Thread(target=self._run, name=name, daemon=True).start()

    @classmethod
    def current(cls, name: str = NAME) -> "WriterThread":
        """Return this process's thread of that name; it is started now when there is none."""
        key = (os.getpid(), name)
        found = cls._instances.get(key)
        if found is None:
            found = cls._instances[key] = cls(name)
        return found

    @classmethod
    def running(cls) -> "list[WriterThread]":
        """Return this process's threads."""
        return [thread for (pid, _), thread in list(cls._instances.items()) if pid == os.getpid()]

    def add(self, journal: Written) -> None:
        """Open and write a journal until it is over; returns at once. StorageError at MAX_WAITING."""
        if len(self._added) >= MAX_WAITING:
            raise StorageError(f"the spool does not answer: {MAX_WAITING} recordings wait", retryable=True)
        with self._idle:
            self._n_open += 1
        self._added.append(journal)
        self._news.set()

    @property
    def is_idle(self) -> bool:
        """Whether every journal is over."""
        return self._n_open == 0

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until every journal is over; False when some journal is not."""
        with self._idle:
            return self._idle.wait_for(lambda: self._n_open == 0, timeout_s)

    def _run(self) -> None:
        due = synced = looked = time.monotonic()
        while True:
            self._news.clear()
            self.n_turns += 1
            self._begin()
            if time.monotonic() >= due:
                n_turns = turns(len(self._open))
                due = max(due + FLUSH_INTERVAL_S / n_turns, time.monotonic())
                self._flush(-(-len(self._open) // n_turns))
            if time.monotonic() - synced >= (FLUSH_INTERVAL_S if self._over else SYNC_INTERVAL_S):
                synced = time.monotonic()
                self._sync()
            if self.look is not None and time.monotonic() - looked >= LOOK_INTERVAL_S:
                looked = time.monotonic()
                self.look()
            self._news.wait(max(0.0, due - time.monotonic()))

    def _begin(self) -> None:
        while self._added:
            journal = self._added.popleft()
            self.n_turns += 1
            if not journal.begin():
                self._count_down(1)
            elif journal.flush():  # its ring may be full by now
                self._open.appendleft(journal)
            else:
                self._over.append(journal)

    def _flush(self, n_journals: int) -> None:
        """Write what is queued of the first journals, and put those at the end that go on."""
        for _ in range(n_journals):
            journal = self._open.popleft()
            self.n_turns += 1
            (self._open if journal.flush() else self._over).append(journal)

    def _sync(self) -> None:
        """One sync per file system; a journal that is over is let go of then, and not before."""
        done: set[int] = set()
        for journal in (*self._over, *self._open):
            try:
                if journal.device not in done:
                    done.add(journal.sync())
            except OSError as error:
                _log.error("journal cannot be synced", recording=journal.recording, error=error.strerror)
        kept = [journal for journal in self._over if journal.is_kept]
        over = [journal for journal in self._over if journal not in kept]
        for journal in over:
            journal.end()
        self._over = kept
        self._count_down(len(over))

    def _count_down(self, n_over: int) -> None:
        with self._idle:
            self._n_open -= n_over
            self._idle.notify_all()
