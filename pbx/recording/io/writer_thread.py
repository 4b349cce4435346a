"""The thread of a process that waits for a spool's disk: it opens and writes all journals there.

Loop and thread share one interpreter: whoever gets it keeps it until the next system call, and packets wait
meanwhile. So the thread is left with joining, sealing and writing, and takes some journals at a time. Another
one syncs what it has written: a sync that lasts would keep what is heard meanwhile from the files.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar, Protocol

from pbx.core.errors import StorageError
from pbx.recording.io.sync_thread import Synced, SyncThread

FLUSH_INTERVAL_S = 0.15
MAX_TURNS = 12  # in an interval
TURN = 16  # journals in a turn before there are two: a turn itself costs more than several of them
LOOK_INTERVAL_S = 0.5
NAME = "journal-writer"
MAX_WAITING = 400  # without a file or a last sync: a worker's 200 calls, and as many that ended meanwhile


def turns(n_journals: int) -> int:
    """Return in how many turns of an interval so many journals are written."""
    return max(min(-(-n_journals // TURN), MAX_TURNS), 1)


class Written(Synced, Protocol):
    """One journal as its thread sees it; none of these methods raises.

    begin -> flush ... flush -> sync -> end; nothing more after a `begin` that said no.
    """

    def begin(self) -> bool:
        """Open the file; False when there will be none."""
        ...

    def flush(self) -> bool:
        """Write what is queued; False when nothing more comes."""
        ...


class WriterThread:
    """One for each `name` in a process; a forked child gets its own.

    `look`, if there is one, is called each LOOK_INTERVAL_S in the thread; `n_turns` stands still while the
    thread waits for the disk. `syncs` is the other thread.
    """

    _instances: ClassVar[dict[tuple[int, str], "WriterThread"]] = {}

    def __init__(self, name: str) -> None:
        self.look: Callable[[], None] | None = None
        self.n_turns = 0
        self._added: deque[Written] = deque()
        self._open: deque[Written] = deque()  # the one that waits longest comes first
        self._news = threading.Event()
        self._idle = threading.Condition()
        self._n_open = 0
        self.syncs = SyncThread(f"{name}-sync", self._count_down)
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
        if len(self._added) + self.syncs.n_over >= MAX_WAITING:
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
        due = looked = time.monotonic()
        while True:
            self._news.clear()
            self.n_turns += 1
            self._begin()
            if time.monotonic() >= due:
                n_turns = turns(len(self._open))
                due = max(due + FLUSH_INTERVAL_S / n_turns, time.monotonic())
                self._flush(-(-len(self._open) // n_turns))
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
                continue
            self.syncs.begun(journal)
            if journal.flush():  # its ring may be full by now
                self._open.appendleft(journal)
            else:
                self.syncs.over(journal)

    def _flush(self, n_journals: int) -> None:
        """Write what is queued of the first journals, and put those at the end that go on."""
        for _ in range(n_journals):
            journal = self._open.popleft()
            self.n_turns += 1
            if journal.flush():
                self._open.append(journal)
            else:
                self.syncs.over(journal)

    def _count_down(self, n_over: int) -> None:
        with self._idle:
            self._n_open -= n_over
            self._idle.notify_all()
