"""The journal writer: what the media loop calls, and the one thread per process behind it.

The loop only appends to a bounded ring; the thread seals and writes every journal's ring every 150 ms, so a
killed process loses less than 270 ms, and syncs the file system once a second against loss of power. An
open journal is locked (flock): a journal whose lock is free has no living owner and may be finalised.

Loop and thread share one interpreter: whoever gets it keeps it until the next system call, and packets wait
meanwhile. So the thread is left with joining, sealing and writing, and takes a few journals at a time.
"""

import asyncio
import atexit
import ctypes
import fcntl
import os
import re
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording.age import FILE_KEY_SIZE, build_header, parse_recipient
from pbx.recording.journal import (
    End,
    Head,
    JournalEncoder,
    Note,
    item_octets,
    packet_octets,
    preamble,
)

FLUSH_INTERVAL_S = 0.15
MAX_TURNS = 30  # in an interval: 200 journals are seven in a turn, some 0.2 ms
SYNC_INTERVAL_S = 1.0
MAX_QUEUED = 2000  # ten seconds of two streams at 20 ms: R-26
MAX_PACKET = 1500  # an Ethernet frame; 60 ms of G.711 is 492 octets
SUFFIX = ".jrn"
_NEW_SUFFIX = ".new"  # until head and lock are in place
_DRAIN_AT_EXIT_S = 2.0
_RECORDING = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = structlog.get_logger()


def _load_syncfs() -> Callable[[int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.c_int], ctypes.c_int
    return lambda fd: int(function(fd))


_syncfs = _load_syncfs()


class JournalWriter:
    """One open journal; every method returns at once and may be called after a failure or a close."""

    __slots__ = (
        "_dropped",
        "_encoder",
        "_end",
        "_failed",
        "_fd",
        "_on_failure",
        "_queue",
        "origin_ns",
        "recording",
    )

    def __init__(self, head: Head, fd: int, encoder: JournalEncoder, report: Callable[[str], None]) -> None:
        self.recording = head.recording
        self.origin_ns = head.origin_ns  # the recording's sample 0 on the monotonic clock
        self._fd = fd
        self._encoder = encoder
        self._on_failure = report
        self._queue: deque[bytes] = deque()
        self._end: bytes | None = None  # the last item, once the journal is closed
        self._dropped = 0
        self._failed = False

    @classmethod
    def create(
        cls, spool: Path, order: StartRecording, *, on_failure: Callable[[str], None]
    ) -> "JournalWriter":
        """Start a journal in `spool`; StorageError when it cannot be started.

        `on_failure` is called at most once, on the running event loop of the caller (without one, on the
        writer's thread): nothing more of this recording is kept then.
        """
        file_key = Secret(SystemIds().octets(FILE_KEY_SIZE))
        try:
            recipients = [parse_recipient(text) for text in order.recipients]
            header = build_header(file_key, recipients, SystemIds(), recording=order.recording)
        except ParseError as error:
            raise StorageError(f"recipients of the recording: {error}", retryable=False) from None
        encoder = JournalEncoder(file_key)
        head = _head(order)
        fd = _open(spool, order.recording, preamble(header) + encoder.encode([head]))
        writer = cls(head, fd, encoder, _on_loop(on_failure))
        _Thread.current().add(writer)
        return writer

    def packet(self, stream: int, arrival_ns: int, rtp: bytes) -> None:
        """Keep one RTP packet of stream 0 (from the party) or 1 (to the party)."""
        if len(rtp) > MAX_PACKET:
            return
        try:
            self._append(packet_octets(stream, arrival_ns, rtp))
        except struct.error:  # our own bug must not end the call
            self._fail("internal error")

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Keep an event on the timeline; never a secret."""
        self._append(item_octets(Note(kind, details, at_ns)))

    def close(self) -> None:
        """End the journal in order; the thread writes the rest and gives the lock back."""
        if self._end is None:
            self._end = item_octets(End(time.monotonic_ns()))

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

    def flush(self) -> bool:
        """Write what is queued; False when the journal is over. The writer's thread only."""
        end = self._end  # read first: what was queued before it is in the ring
        batch = [self._queue.popleft() for _ in range(len(self._queue))]
        if end is not None:
            batch.append(end)
        if batch and not self._failed:
            try:
                _write(self._fd, self._encoder.seal(b"".join(batch), last=end is not None))
            except OSError as error:
                self._fail(error.strerror or "input/output error")
            except Exception:  # our own bug must not end the thread that others share
                _log.exception("journal batch", recording=self.recording)
                self._fail("internal error")
        if end is not None or self._failed:
            os.close(self._fd)  # gives the lock back
            self._queue.clear()
            return False
        return True

    def sync(self) -> int:
        """Bring written octets to the disk; return the device. The writer's thread only."""
        if _syncfs is None or _syncfs(self._fd) != 0:
            os.fdatasync(self._fd)
        return os.fstat(self._fd).st_dev

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
        try:
            self._on_failure(reason)
        except RuntimeError:
            _log.warning("nobody left to hear of the failure", recording=self.recording)


class _Thread:
    """The writer's thread; a forked child gets its own."""

    _instance: "tuple[int, _Thread] | None" = None

    def __init__(self) -> None:
        self._added: deque[JournalWriter] = deque()
        self._open: deque[JournalWriter] = deque()  # the one that waits longest comes first
        self._idle = threading.Condition()
        self._n_open = 0
        threading.Thread(target=self._run, name="journal-writer", daemon=True).start()

    @classmethod
    def current(cls) -> "_Thread":
        if cls._instance is None or cls._instance[0] != os.getpid():
            cls._instance = (os.getpid(), cls())
        return cls._instance[1]

    def add(self, writer: JournalWriter) -> None:
        with self._idle:
            self._n_open += 1
        self._added.append(writer)

    def wait_until_idle(self, timeout_s: float) -> bool:
        with self._idle:
            return self._idle.wait_for(lambda: self._n_open == 0, timeout_s)

    def _run(self) -> None:
        due = synced = time.monotonic()
        while True:
            while self._added:
                self._open.appendleft(self._added.popleft())
            n_turns = max(min(len(self._open), MAX_TURNS), 1)
            due = max(due + FLUSH_INTERVAL_S / n_turns, time.monotonic())
            self._flush(-(-len(self._open) // n_turns))
            if time.monotonic() - synced >= SYNC_INTERVAL_S:
                synced = time.monotonic()
                self._sync()
            time.sleep(max(0.0, due - time.monotonic()))

    def _flush(self, n_journals: int) -> None:
        """Write what is queued of the first journals, and put those at the end that go on."""
        n_over = 0
        for _ in range(n_journals):
            writer = self._open.popleft()
            if writer.flush():
                self._open.append(writer)
            else:
                n_over += 1
        if n_over:
            with self._idle:
                self._n_open -= n_over
                self._idle.notify_all()

    def _sync(self) -> None:
        """One syncfs per file system; a failing disk shows itself again at the next write."""
        done: set[int] = set()
        for writer in self._open:
            try:
                if _syncfs is None or writer.device not in done:
                    done.add(writer.sync())
            except OSError as error:
                _log.error("journal cannot be synced", recording=writer.recording, error=error.strerror)


def journals(spool: Path) -> frozenset[str]:
    """The recordings whose journal lies in the spool, open or waiting for the finaliser."""
    return frozenset(path.stem for path in spool.glob(f"*{SUFFIX}"))


def drain(timeout_s: float) -> bool:
    """Wait until every closed journal is written; False when some journal is still open. Blocks."""
    instance = _Thread._instance
    if instance is None or instance[0] != os.getpid():
        return True
    return instance[1].wait_until_idle(timeout_s)


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
    )


def _open(spool: Path, recording: str, start: bytes) -> int:
    """Create, lock and begin a journal; only then give it the name that the finaliser looks for."""
    if _RECORDING.fullmatch(recording) is None:
        raise StorageError("a recording id that cannot name a file", retryable=False)
    new = spool / f"{recording}{_NEW_SUFFIX}"
    fd = -1
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write(fd, start)
        os.link(new, spool / f"{recording}{SUFFIX}")  # unlike rename, never replaces a journal
        new.unlink()
    except OSError as error:
        if fd >= 0:
            os.close(fd)
            new.unlink(missing_ok=True)
        raise StorageError(f"the spool refuses a journal: {error.strerror}", retryable=True) from None
    return fd


def _write(fd: int, octets: bytes) -> None:
    view = memoryview(octets)
    while view:
        view = view[os.write(fd, view) :]


def _on_loop(callback: Callable[[str], None]) -> Callable[[str], None]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return callback

    def report(reason: str) -> None:
        loop.call_soon_threadsafe(callback, reason)

    return report
