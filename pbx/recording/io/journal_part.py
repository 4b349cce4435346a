"""One file of a recording's journal, as its spool's threads write and sync it."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from pbx.core.errors import StorageError
from pbx.recording.io.journal_files import part_name, write_octets
from pbx.recording.journal import Head, JournalEncoder, preamble
from pbx.recording.ring import Batch

_CLOSED = -1  # no descriptor
OpenFile = Callable[[Path, str, bytes], int]
_log = structlog.get_logger()


def _load_syncfs() -> Callable[[int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.c_int], ctypes.c_int
    return lambda fd: int(function(fd))


_syncfs = _load_syncfs()


class Journal(Protocol):
    """The recording that parts belong to; asked by their threads, one of which may be late for its part."""

    def start(self, part: int) -> tuple[bytes, JournalEncoder, Head] | None:
        """Return key header, encoder and head of a part; None when it is not the one to be written."""
        ...

    def begun(self, part: int) -> bool:
        """The part's file is there; False when it is not the one to be written."""
        ...

    def take(self, part: int) -> Batch | None:
        """Return what comes next; None when the part gets nothing more. An empty batch is not written."""
        ...

    def written(self, part: int, batch: Batch) -> None:
        """What was taken is in the file."""
        ...

    def refused(self, part: int, reason: str) -> None:
        """The disk does not take it: another part has to."""
        ...

    def failed(self, reason: str) -> None:
        """Nothing more of this recording can be kept, wherever."""
        ...

    def keeps(self, part: int) -> bool:
        """Whether the part stays locked: without its successor it would look as if its writer had died."""
        ...


class JournalPart:
    """The part `number` of a journal in one spool; what its thread calls raises as `Written` says."""

    __slots__ = (
        "_encoder",
        "_fd",
        "_journal",
        "_name",
        "_open_file",
        "device",
        "number",
        "recording",
        "spool",
    )

    def __init__(self, journal: Journal, head: Head, *, spool: Path, open_file: OpenFile):
        """`head` says of which recording it is, and which part."""
        self._journal, self._open_file = journal, open_file
        self.recording, self.number, self.spool = head.recording, head.part, spool
        self._name = part_name(head.recording, head.part, head.chapter)
        self._encoder: JournalEncoder | None = None  # there is one once the file is open
        self._fd = _CLOSED
        self.device = 0  # of the open file; looked up once, as each look gives the interpreter away

    def begin(self) -> bool:
        """Open the file; False when there will be none. The spool's thread only."""
        try:
            self._open()
        except StorageError as error:
            if error.retryable:
                self._journal.refused(self.number, str(error))
            else:
                self._journal.failed(str(error))
        except Exception:  # our own bug must not end the thread that others share
            _log.exception("journal", recording=self.recording)
            self._journal.failed("internal error")
        if self._fd != _CLOSED and not self._journal.begun(self.number):
            self._undo()
        return self._fd != _CLOSED

    def _open(self) -> None:
        start = self._journal.start(self.number)
        if start is not None:
            header, self._encoder, head = start
            octets = preamble(header) + self._encoder.encode([head])
            self._fd = self._open_file(self.spool, self._name, octets)
            self.device = os.fstat(self._fd).st_dev

    def _undo(self) -> None:
        """Others did not wait for the disk, and there is nothing in it."""
        try:
            (self.spool / self._name).unlink()
        except OSError as error:
            _log.error("an empty journal stays", recording=self.recording, error=error.strerror)
        self.end()
        self._fd = _CLOSED

    def flush(self) -> bool:
        """Write what is queued; False when nothing more comes. The spool's thread only."""
        batch = self._journal.take(self.number)
        if batch is None or self._encoder is None:
            return False
        try:
            if not batch.octets:
                return True
            write_octets(self._fd, self._encoder.seal(batch.octets, last=batch.last))
        except OSError as error:
            self._journal.refused(self.number, error.strerror or "input/output error")
            return False
        except Exception:  # our own bug must not end the thread that others share
            _log.exception("journal batch", recording=self.recording)
            self._journal.failed("internal error")
            return False
        self._journal.written(self.number, batch)
        return not batch.last

    def sync(self) -> int:
        """Bring what was written to the disk's files to the disk; return the device. The sync thread only."""
        if _syncfs is None:
            os.sync()
        elif _syncfs(self._fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return self.device

    @property
    def is_kept(self) -> bool:
        return self._journal.keeps(self.number)

    def end(self) -> None:
        """Close the file, which gives the lock back. The sync thread, or who undoes `begin`."""
        try:
            os.close(self._fd)
        except OSError as error:
            _log.error("journal cannot be closed", recording=self.recording, error=error.strerror)
