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

FLUSH_INTERVAL_S = 0.15
MAX_TURNS = 30  # in an interval: 200 journals are seven in a turn, some 0.2 ms
SYNC_INTERVAL_S = 1.0
_log = structlog.get_logger()


class Written(Protocol):
    """One journal as its thread sees it; no method raises but `sync` and `device`, an OSError."""

    @property
    def recording(self) -> str: ...

    @property
    def device(self) -> int:
        """The file system that it lies on."""
        ...

    def begin(self) -> bool:
        """Open the file; False when the journal is over."""
        ...

    def flush(self) -> bool:
        """Write what is queued; False when the journal is over."""
        ...

    def sync(self) -> int:
        """Bring the octets written to all files of the device to the disk; return the device."""
        ...


class WriterThread:
    """A forked child gets its own."""

    _instance: "tuple[int, WriterThread] | None" = None

    def __init__(self) -> None:
        self._added: deque[Written] = deque()
        self._open: deque[Written] = deque()  # the one that waits longest comes first
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
        """Open and write a journal until it is over; returns at once."""
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
            if time.monotonic() - synced >= SYNC_INTERVAL_S:
                synced = time.monotonic()
                self._sync()
            self._news.wait(max(0.0, due - time.monotonic()))

    def _begin(self) -> None:
        n_over = 0
        while self._added:
            journal = self._added.popleft()
            if journal.begin() and journal.flush():  # its ring may be full by now
                self._open.appendleft(journal)
            else:
                n_over += 1
        self._end(n_over)

    def _flush(self, n_journals: int) -> None:
        """Write what is queued of the first journals, and put those at the end that go on."""
        n_over = 0
        for _ in range(n_journals):
            journal = self._open.popleft()
            if journal.flush():
                self._open.append(journal)
            else:
                n_over += 1
        self._end(n_over)

    def _end(self, n_over: int) -> None:
        if n_over:
            with self._idle:
                self._n_open -= n_over
                self._idle.notify_all()

    def _sync(self) -> None:
        """One sync per file system; a failing disk shows itself again at the next write."""
        done: set[int] = set()
        for journal in self._open:
            try:
                if journal.device not in done:
                    done.add(journal.sync())
            except OSError as error:
                _log.error("journal cannot be synced", recording=journal.recording, error=error.strerror)
