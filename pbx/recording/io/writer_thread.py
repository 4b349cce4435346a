"""The one thread of a process that waits for the disk: it opens, writes and syncs all journals.

Loop and thread share one interpreter: whoever gets it keeps it until the next system call, and packets wait
meanwhile. So the thread is left with joining, sealing and writing, and takes a few journals at a time.
"""

import os
import threading
import time
from collections import deque
from typing import Protocol

import structlog

from pbx.core.errors import StorageError

FLUSH_INTERVAL_S = 0.15
MAX_TURNS = 30  # in an interval: 200 journals are seven in a turn, some 0.2 ms
SYNC_INTERVAL_S = 1.0
MAX_WAITING = 400  # journals without a file: a worker's 200 calls, and as many that ended meanwhile
_log = structlog.get_logger()


class Written(Protocol):
    """One journal as its thread sees it; no method raises but `sync` and `device`, an OSError.

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

    def end(self) -> None:
        """Close the file: it is somebody else's now."""
        ...


class WriterThread:
    """A forked child gets its own."""

    _instance: "tuple[int, WriterThread] | None" = None

    def __init__(self) -> None:
        self._added: deque[Written] = deque()
        self._open: deque[Written] = deque()  # the one that waits longest comes first
        self._over: list[Written] = []  # written, not synced
        self._news = threading.Event()
        self._idle = threading.Condition()
        self._n_open = 0
        threading.Thread(target=self._run, name="journal-writer", daemon=True).start()

    @classmethod
    def current(cls) -> "WriterThread":
        """Return this process's thread; it is started now when there is none."""
        found = cls.running()
        if found is None:
            found = cls()
            cls._instance = (os.getpid(), found)
        return found

    @classmethod
    def running(cls) -> "WriterThread | None":
        """Return this process's thread, if it has one."""
        return cls._instance[1] if cls._instance is not None and cls._instance[0] == os.getpid() else None

    def add(self, journal: Written) -> None:
        """Open and write a journal until it is over; returns at once. StorageError at MAX_WAITING."""
        if len(self._added) >= MAX_WAITING:
            raise StorageError(f"the spool does not answer: {MAX_WAITING} recordings wait", retryable=True)
        with self._idle:
            self._n_open += 1
        self._added.append(journal)
        self._news.set()

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until every journal is over; False when some journal is not."""
        with self._idle:
            return self._idle.wait_for(lambda: self._n_open == 0, timeout_s)

    def _run(self) -> None:
        due = synced = time.monotonic()
        while True:
            self._news.clear()
            self._begin()
            if time.monotonic() >= due:
                n_turns = max(min(len(self._open), MAX_TURNS), 1)
                due = max(due + FLUSH_INTERVAL_S / n_turns, time.monotonic())
                self._flush(-(-len(self._open) // n_turns))
            if time.monotonic() - synced >= (FLUSH_INTERVAL_S if self._over else SYNC_INTERVAL_S):
                synced = time.monotonic()
                self._sync()
            self._news.wait(max(0.0, due - time.monotonic()))

    def _begin(self) -> None:
        while self._added:
            journal = self._added.popleft()
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
        for journal in self._over:
            journal.end()
        self._count_down(len(self._over))
        self._over.clear()

    def _count_down(self, n_over: int) -> None:
        with self._idle:
            self._n_open -= n_over
            self._idle.notify_all()
