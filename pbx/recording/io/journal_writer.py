"""The journal writer: what the media loop calls of a recording.

The loop only appends to a bounded ring, from the first packet on. A thread opens the file, seals and writes
every journal's ring every 150 ms, so a killed process loses less than 270 ms. Another one syncs the file
system once a second against loss of power. A disk that stands still costs nothing until the ring is full.
"""

import asyncio
import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ParamSpec

import structlog

from pbx.core.audio import MAX_CHANNELS
from pbx.core.errors import ParseError, StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording.age import FILE_KEY_SIZE, build_header, parse_recipient
from pbx.recording.clock import Look, StepWatch, head_clock, step_note
from pbx.recording.io import kernel_clock
from pbx.recording.io.journal_files import open_journal
from pbx.recording.io.journal_part import JournalPart, OpenFile
from pbx.recording.io.spools import Lane, Spools
from pbx.recording.io.writer_thread import WriterThread
from pbx.recording.journal import (
    FIRST_PART,
    MAX_PART,
    End,
    Head,
    JournalEncoder,
    Note,
    item_octets,
)
from pbx.recording.packet_rate import PacketRate
from pbx.recording.ring import Batch

try:
    from pbx.recording._intake import Intake
except ImportError:  # not compiled: the same in Python
    from pbx.recording.intake import Intake

_DRAIN_AT_EXIT_S = 2.0
_NOTHING = Batch(b"", 0, False)
_Told = ParamSpec("_Told")
_log = structlog.get_logger()


def _nothing() -> None:
    """Nobody asked to be told."""


class JournalWriter(Intake):
    """One open journal; what the loop calls returns at once, and may be called after a failure or a close.

    It is written part by part, each by the thread of its spool. The lock is between those threads: one that
    comes back from a disk that stood still finds that its part is over.
    """

    __slots__ = (
        "_clock",
        "_file_key",
        "_has_begun",
        "_head",
        "_header",
        "_is_open",
        "_lane",
        "_lock",
        "_on_failure",
        "_on_open",
        "_open_file",
        "_part",
        "_recipients",
        "_spools",
        "_steps",
        "has_failed",
    )

    def __init__(
        self,
        spools: Spools,
        order: StartRecording,
        *,
        on_open: Callable[[], None],
        on_failure: Callable[[str], None],
        open_file: OpenFile,
        clock: Callable[[], Look],
    ) -> None:
        super().__init__()
        self._spools, self._open_file, self._clock = spools, open_file, clock
        began = clock()
        self._head, self._recipients = _head(order, began), order.recipients
        self._steps = StepWatch(began)
        self._on_open, self._on_failure = on_open, on_failure
        self._file_key = Secret(SystemIds().octets(FILE_KEY_SIZE))
        self._header = b""  # built once, by the first thread that needs it
        self._lock = threading.Lock()
        self._lane = spools.choose()
        self._part = self._new_part()
        self._is_open = False  # the part's file is there
        self._has_begun = False  # some part's is
        self.has_failed = False

    @classmethod
    def create(
        cls,
        spools: Spools | Path,
        order: StartRecording,
        *,
        on_failure: Callable[[str], None],
        on_open: Callable[[], None] = _nothing,
        open_file: OpenFile = open_journal,
        clock: Callable[[], Look] = kernel_clock.look,
    ) -> "JournalWriter":
        """Start a journal; what is kept before its file is open waits in the ring.

        Called on the running event loop of the caller, and without one on the writer's thread: `on_open` once
        the file is there; `on_failure` at most once, and nothing more of this recording is kept then.
        StorageError when too many wait for a disk that does not answer.
        """
        found = spools if isinstance(spools, Spools) else Spools(spools)
        told, failed = _on_loop(on_open), _on_loop(on_failure)
        writer = cls(found, order, on_open=told, on_failure=failed, open_file=open_file, clock=clock)
        writer._lane.add(writer._part, partial(writer.refused, FIRST_PART))
        return writer

    @property
    def recording(self) -> str:
        return self._head.recording

    @property
    def origin_ns(self) -> int:
        """The recording's sample 0 on the monotonic clock."""
        return self._head.origin_ns

    def _widen(self, stream: int, arrival_ns: int, rtp: bytes | memoryview) -> None:
        """The first packet of a further party."""
        if stream >= MAX_CHANNELS:  # our own bug must not end the call
            self.failed("internal error")
            return
        self._rates += [PacketRate() for _ in range(len(self._rates), stream + 1)]
        self._ring.widen(len(self._rates))
        self.packet(stream, arrival_ns, rtp)

    def _note_flood(self, stream: int, n_over: int, at_ns: int) -> None:
        if n_over:
            self.note("rate.dropped", {"stream": str(stream), "packets": str(n_over)}, at_ns)

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Keep an event on the timeline; never a secret."""
        self._ring.append(item_octets(Note(kind, details, at_ns)), at_ns)

    def close(self, ended_ns: int = 0) -> None:
        """End the journal in order, 0 = now; the thread writes and syncs the rest, then unlocks it."""
        if not self._ring.is_closed:
            now_ns = time.monotonic_ns()
            for stream, rate in enumerate(self._rates):
                self._note_flood(stream, rate.rest(), now_ns)
            self._ring.close(item_octets(End(ended_ns or now_ns)), now_ns)

    @property
    def queued(self) -> int:
        """Items that wait for the thread."""
        return len(self._ring)

    def start(self, part: int) -> tuple[bytes, JournalEncoder, Head] | None:
        """What a part begins with, see `Journal`; StorageError when the recipients are none."""
        with self._lock:
            if part != self._part.number or self.has_failed:
                return None
            self._header = self._header or self._build_header()
            return self._header, JournalEncoder(self._file_key, part), self._head

    def _build_header(self) -> bytes:
        try:
            recipients = [parse_recipient(text) for text in self._recipients]
            return build_header(self._file_key, recipients, SystemIds(), recording=self.recording)
        except ParseError as error:
            raise StorageError(f"recipients of the recording: {error}", retryable=False) from None

    def begun(self, part: int) -> bool:
        """A part's file is there, see `Journal`."""
        with self._lock:
            if part != self._part.number or self.has_failed:
                return False
            is_first, self._is_open, self._has_begun = not self._has_begun, True, True
        if is_first:
            self._tell(self._on_open)
        return True

    def take(self, part: int) -> Batch | None:
        """What a part has to write, see `Journal`."""
        with self._lock:
            if part != self._part.number or self.has_failed:
                return None
            if step_ns := self._steps.look(now := self._clock()):
                self._ring.add(item_octets(step_note(step_ns, now.after_ns)))
            return self._ring.take() or _NOTHING

    def written(self, part: int, batch: Batch) -> None:
        """A part has written what it took, see `Journal`."""
        with self._lock:
            if part == self._part.number:
                self._ring.written()
                if batch.last:
                    self._over()

    def refused(self, part: int, reason: str) -> None:
        """A part's disk does not take it: go on in the other spool, or fail."""
        with self._lock:
            if part != self._part.number or self.has_failed:
                return
            beside = self._spools.instead_of(self._lane, reason) if part < MAX_PART else None
            is_moved = beside is not None and self._go_on(beside, reason)
        if not is_moved:
            self.failed(reason)

    def _go_on(self, lane: Lane, reason: str) -> bool:
        """Begin the next part; False when too many wait there."""
        self._lane.gone(self._part)
        self._head = replace(
            self._head,
            part=self._part.number + 1,
            first_item=self._ring.n_written,
            began_ns=time.monotonic_ns(),
            reason=reason,
        )
        self._lane, self._is_open = lane, False
        self._part = self._new_part()
        try:
            lane.add(self._part, partial(self.refused, self._part.number))
        except StorageError:
            return False
        _log.warning("recording goes on in another spool", recording=self.recording, reason=reason)
        return True

    def keeps(self, part: int) -> bool:
        """Whether a part stays locked, see `Journal`."""
        with self._lock:
            return part != self._part.number and not self._is_open and not self.has_failed

    def failed(self, reason: str) -> None:
        """Nothing more can be kept; told once."""
        with self._lock:
            if self.has_failed:
                return
            self.has_failed = True
            self._over()
        _log.error("journal cannot be written", recording=self.recording, reason=reason)
        self._tell(partial(self._on_failure, reason))

    def _new_part(self) -> JournalPart:
        """The part that the head speaks of."""
        return JournalPart(self, self._head, spool=self._lane.spool, open_file=self._open_file)

    def _over(self) -> None:
        self._ring.clear()
        self._lane.gone(self._part)

    def _tell(self, news: Callable[[], None]) -> None:
        try:
            news()
        except RuntimeError:
            _log.warning("nobody left to hear of the journal", recording=self.recording)


def drain(timeout_s: float) -> bool:
    """Wait until every closed journal is written; False when some journal is still open. Blocks."""
    give_up = time.monotonic() + timeout_s
    threads = WriterThread.running()
    while not all(thread.is_idle for thread in threads):  # one may give a journal to the other
        for thread in threads:
            if not thread.wait_until_idle(max(give_up - time.monotonic(), 0.0)):
                return False
    return True


atexit.register(drain, _DRAIN_AT_EXIT_S)


def _head(order: StartRecording, began: Look) -> Head:
    return Head(
        recording=order.recording,
        call=order.call,
        tenant=order.tenant,
        kind=order.kind,
        leg=order.leg,
        started_at=order.started_at,
        origin_ns=began.after_ns,
        policy=order.policy,
        clock=head_clock(began, kernel_clock.discipline()),
        chapter=order.chapter,
    )


def _on_loop(callback: Callable[_Told, None]) -> Callable[_Told, None]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return callback

    def report(*told: _Told.args, **named: _Told.kwargs) -> None:
        loop.call_soon_threadsafe(partial(callback, *told, **named))

    return report
