"""The thread that brings to the disk what a spool's other thread has written, and lets go of what is over.

A sync takes as long as the disk likes, and nobody who writes waits for it. One thread syncs one file system
after the other, so no two syncs of a spool run at once; a slow disk is synced less often.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

SYNC_INTERVAL_S = 1.0
LET_GO_INTERVAL_S = 0.15  # while some journal is over: nobody may take it before it is synced
_log = structlog.get_logger()


class Synced(Protocol):
    """One journal as this thread sees it; no method raises but `sync`, an OSError."""

    @property
    def recording(self) -> str: ...

    @property
    def device(self) -> int:
        """The file system that it lies on."""
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


class SyncThread:
    """`let_go` is called with how many journals have been closed; all it calls, it calls in its thread.

    Only this thread closes files, so none is closed under a sync that goes by it. `between`, if there is one,
    is called behind each sync: it may wait for the disk too.
    """

    def __init__(self, name: str, let_go: Callable[[int], None]) -> None:
        self.between: Callable[[], None] | None = None
        self._let_go = let_go
        self._lock = threading.Lock()
        self._open: set[Synced] = set()
        self._over: list[Synced] = []  # written, not synced
        self._kept: list[Synced] = []  # synced, and not to be closed yet
        self._news = threading.Event()
        self._n_syncs = 0
        self._is_busy = False
        threading.Thread(target=self._run, name=name, daemon=True).start()

    @property
    def n_over(self) -> int:
        """How many journals wait to be synced for the last time."""
        return len(self._over)

    @property
    def going_on(self) -> int | None:
        """The number of the sync that waits for its disk now; None when none does."""
        return self._n_syncs if self._is_busy else None

    def begun(self, journal: Synced) -> None:
        """Sync it with the others from now on."""
        with self._lock:
            self._open.add(journal)

    def over(self, journal: Synced) -> None:
        """Close it behind the next sync, which begins soon."""
        with self._lock:
            self._open.discard(journal)
            self._over.append(journal)
        self._news.set()

    def _run(self) -> None:
        begun = time.monotonic()
        while True:
            self._news.clear()
            is_soon = self._over or self._kept
            due = begun + (LET_GO_INTERVAL_S if is_soon else SYNC_INTERVAL_S)
            if (wait_s := due - time.monotonic()) > 0:
                self._news.wait(wait_s)
                continue
            begun = time.monotonic()
            self._n_syncs += 1
            self._is_busy = True
            self._sync()
            if self.between is not None:
                self.between()
            self._is_busy = False

    def _sync(self) -> None:
        """One sync per file system; a journal that was over before it is let go of behind it."""
        with self._lock:
            over, self._over = self._over, []
            journals = (*over, *self._open)
        done: set[int] = set()
        for journal in journals:
            try:
                if journal.device not in done:
                    done.add(journal.sync())
            except OSError as error:
                _log.error("journal cannot be synced", recording=journal.recording, error=error.strerror)
        written = [*self._kept, *over]
        self._kept = [journal for journal in written if journal.is_kept]
        ended = [journal for journal in written if journal not in self._kept]
        for journal in ended:
            journal.end()
        self._let_go(len(ended))
