"""The journal writer: what the media loop calls of a recording.

The loop only appends to a bounded ring, from the first packet on. A thread opens the file, seals and writes
every journal's ring every 150 ms, so a killed process loses less than 270 ms, and syncs the file system once
a second against loss of power. A disk that stands still costs nothing until the ring is full.
"""

import asyncio
import atexit
import ctypes
import os
import struct
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ParamSpec

import structlog

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording.age import FILE_KEY_SIZE, build_header, parse_recipient
from pbx.recording.io.journal_files import SUFFIX, open_journal, write_octets
from pbx.recording.io.writer_thread import WriterThread
from pbx.recording.journal import (
    End,
    Head,
    JournalEncoder,
    Note,
    item_octets,
    packet_octets,
    preamble,
)
from pbx.recording.packet_rate import PacketRate

MAX_QUEUED = 2000  # ten seconds of two streams at 20 ms: R-26
MAX_PACKET = 1500  # an Ethernet frame; 60 ms of G.711 is 492 octets
_DRAIN_AT_EXIT_S = 2.0
_CLOSED = -1  # no descriptor
OpenFile = Callable[[Path, str, bytes], int]
_Told = ParamSpec("_Told")
_log = structlog.get_logger()


def _load_syncfs() -> Callable[[int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.c_int], ctypes.c_int
    return lambda fd: int(function(fd))


_syncfs = _load_syncfs()


def _nothing() -> None:
    """Nobody asked to be told."""


class JournalWriter:
    """One open journal; every method returns at once and may be called after a failure or a close."""

    __slots__ = (
        "_dropped",
        "_encoder",
        "_end",
        "_failed",
        "_fd",
        "_head",
        "_on_failure",
        "_on_open",
        "_open_file",
        "_queue",
        "_rates",
        "_recipients",
        "_spool",
    )

    def __init__(
        self,
        spool: Path,
        order: StartRecording,
        *,
        on_open: Callable[[], None],
        on_failure: Callable[[str], None],
        open_file: OpenFile,
    ) -> None:
        self._spool, self._open_file = spool, open_file
        self._head, self._recipients = _head(order), order.recipients
        self._on_open, self._on_failure = on_open, on_failure
        self._fd = _CLOSED
        self._encoder: JournalEncoder | None = None  # there is one once the file is open
        self._queue: deque[bytes] = deque()
        self._end: bytes | None = None  # the last item, once the journal is closed
        self._dropped = 0
        self._rates = (PacketRate(), PacketRate())  # of what is heard, and of what is sent
        self._failed = False

    @classmethod
    def create(
        cls,
        spool: Path,
        order: StartRecording,
        *,
        on_failure: Callable[[str], None],
        on_open: Callable[[], None] = _nothing,
        open_file: OpenFile = open_journal,
    ) -> "JournalWriter":
        """Start a journal in `spool`; what is kept before its file is open waits in the ring.

        Called on the running event loop of the caller, and without one on the writer's thread: `on_open` once
        the file is there; `on_failure` at most once, and nothing more of this recording is kept then.
        StorageError when too many wait for a disk that does not answer.
        """
        told, failed = _on_loop(on_open), _on_loop(on_failure)
        writer = cls(spool, order, on_open=told, on_failure=failed, open_file=open_file)
        WriterThread.current().add(writer)
        return writer

    @property
    def recording(self) -> str:
        return self._head.recording

    @property
    def origin_ns(self) -> int:
        """The recording's sample 0 on the monotonic clock."""
        return self._head.origin_ns

    def packet(self, stream: int, arrival_ns: int, rtp: bytes) -> None:
        """Keep one RTP packet of stream 0 (from the party) or 1 (to the party), unless there is a flood."""
        if len(rtp) > MAX_PACKET:
            return
        try:
            rate = self._rates[stream]
            if rate.takes(arrival_ns):
                self._append(packet_octets(stream, arrival_ns, rtp))
            if rate.n_over:
                self._note_flood(stream, rate.due(arrival_ns), arrival_ns)
        except (struct.error, IndexError):  # our own bug must not end the call
            self._fail("internal error")

    def _note_flood(self, stream: int, n_over: int, at_ns: int) -> None:
        if n_over:
            self.note("rate.dropped", {"stream": str(stream), "packets": str(n_over)}, at_ns)

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Keep an event on the timeline; never a secret."""
        self._append(item_octets(Note(kind, details, at_ns)))

    def close(self, ended_ns: int = 0) -> None:
        """End the journal in order, 0 = now; the thread writes and syncs the rest, then unlocks it."""
        if self._end is None:
            for stream, rate in enumerate(self._rates):
                self._note_flood(stream, rate.rest(), time.monotonic_ns())
            self._end = item_octets(End(ended_ns or time.monotonic_ns()))

    def _append(self, item: bytes) -> None:
        if self._end is not None or self._failed:
            return
        if len(self._queue) >= MAX_QUEUED:
            self._dropped += 1
            return
        if self._dropped:
            note = Note("ring.dropped", {"items": str(self._dropped)}, time.monotonic_ns())
            self._queue.append(item_octets(note))
            self._dropped = 0
        self._queue.append(item)

    def begin(self) -> bool:
        """Open the file; False when there will be none. The writer's thread only."""
        try:
            if not self._failed:
                self._encoder, start = self._start()
                self._fd = self._open_file(self._spool, self.recording, start)
        except StorageError as error:
            self._fail(str(error))
        except Exception:  # our own bug must not end the thread that others share
            _log.exception("journal", recording=self.recording)
            self._fail("internal error")
        if self._fd == _CLOSED:
            self._queue.clear()
            return False
        self._tell(self._on_open)
        return True

    def _start(self) -> tuple[JournalEncoder, bytes]:
        """What a journal begins with; StorageError when the recipients are none."""
        file_key = Secret(SystemIds().octets(FILE_KEY_SIZE))
        try:
            recipients = [parse_recipient(text) for text in self._recipients]
            header = build_header(file_key, recipients, SystemIds(), recording=self.recording)
        except ParseError as error:
            raise StorageError(f"recipients of the recording: {error}", retryable=False) from None
        encoder = JournalEncoder(file_key)
        return encoder, preamble(header) + encoder.encode([self._head])

    def flush(self) -> bool:
        """Write what is queued; False when nothing more comes. The writer's thread only."""
        end = self._end  # read first: what was queued before it is in the ring
        batch = [self._queue.popleft() for _ in range(len(self._queue))]
        if end is not None:
            batch.append(end)
        if batch and not self._failed and self._encoder is not None:
            try:
                write_octets(self._fd, self._encoder.seal(b"".join(batch), last=end is not None))
            except OSError as error:
                self._fail(error.strerror or "input/output error")
            except Exception:  # our own bug must not end the thread that others share
                _log.exception("journal batch", recording=self.recording)
                self._fail("internal error")
        if end is not None or self._failed:
            self._queue.clear()
            return False
        return True

    def sync(self) -> int:
        """Bring what was written to the disk's files to the disk; return the device. The thread only."""
        if _syncfs is None:
            os.sync()
        elif _syncfs(self._fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return self.device

    def end(self) -> None:
        """Close the file, which gives the lock back. The writer's thread only."""
        try:
            os.close(self._fd)
        except OSError as error:
            _log.error("journal cannot be closed", recording=self.recording, error=error.strerror)

    @property
    def queued(self) -> int:
        """Items that wait for the thread."""
        return len(self._queue)

    @property
    def device(self) -> int:
        return os.fstat(self._fd).st_dev

    def _fail(self, reason: str) -> None:
        if self._failed:
            return
        self._failed = True
        _log.error("journal cannot be written", recording=self.recording, reason=reason)
        self._tell(partial(self._on_failure, reason))

    def _tell(self, news: Callable[[], None]) -> None:
        try:
            news()
        except RuntimeError:
            _log.warning("nobody left to hear of the journal", recording=self.recording)


def journals(spool: Path) -> frozenset[str]:
    """The recordings whose journal lies in the spool, open or waiting for the finaliser."""
    return frozenset(path.stem for path in spool.glob(f"*{SUFFIX}"))


def drain(timeout_s: float) -> bool:
    """Wait until every closed journal is written; False when some journal is still open. Blocks."""
    thread = WriterThread.running()
    return thread is None or thread.wait_until_idle(timeout_s)


atexit.register(drain, _DRAIN_AT_EXIT_S)


def _head(order: StartRecording) -> Head:
    return Head(
        recording=order.recording,
        call=order.call,
        tenant=order.tenant,
        kind=order.kind,
        leg=order.leg,
        started_at=order.started_at,
        origin_ns=time.monotonic_ns(),
        policy=order.policy,
    )


def _on_loop(callback: Callable[_Told, None]) -> Callable[_Told, None]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return callback

    def report(*told: _Told.args, **named: _Told.kwargs) -> None:
        loop.call_soon_threadsafe(partial(callback, *told, **named))

    return report
