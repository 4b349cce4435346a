"""Sees to it that recordings have their playback copies, the newest first, when there is nothing else to do.

It is the finaliser's last work: a master that waits is made first, even in the midst of a copy, and above the
spool's mark of 90 % no copy is made (R-16). What was left out is made later.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import structlog

from pbx.core.errors import ParseError, StorageError, TransportError
from pbx.core.ids import Ids
from pbx.core.io.alarms import Settle, settle_nowhere
from pbx.core.io.clock import monotonic, utc_now
from pbx.recording.effects import FinishedRecording
from pbx.recording.finalise import Backoff
from pbx.recording.io.copy_maker import CopyMaker
from pbx.recording.io.spool_space import measure
from pbx.recording.playback_copy import CopyLedger
from pbx.recording.status_report import MAX_REASON
from pbx.recording.watermarks import Level, Watermarks

LOOK_S = 30.0  # without news; a look through 100,000 recordings takes half a second of a busy machine
MAX_WAITING = 1_000  # recordings that failed; with more of them the first is tried again sooner
_NEVER = float("inf")  # until the process begins anew: what is damaged does not heal
ALARM = "playback_copies"
_log = structlog.get_logger()


Outcome = Literal["made", "failed", "nothing"]


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is in the finaliser's process: `idle` is set while no journal is being finalised.

    `finished` is set when there is a new recording.
    """

    idle: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _PutOff:
    """A copy that has failed: when it is tried again, and why."""

    due: float
    backoff: Backoff
    reason: str


class _TightError(Exception):
    """The spool has filled while a copy was being made."""


class CopyKeeper:
    """Makes one copy after the other."""

    def __init__(
        self,
        maker: CopyMaker,
        ledger: CopyLedger,
        spools: Sequence[Path],
        turn: Turn,
        *,
        ids: Ids,
        settle: Settle = settle_nowhere,
    ) -> None:
        self._settle = settle
        self._maker, self._ledger, self._turn, self._ids = maker, ledger, turn, ids
        self._marks = {spool: Watermarks() for spool in spools}
        self._is_tight = False
        self._outage, self._due = Backoff(ids), 0.0
        self._waiting: dict[str, _PutOff] = {}

    async def tick(self, now: float) -> Outcome:
        """Make the copy that is due at monotonic `now`; `failed` = of this recording, others may be due."""
        if now < self._due or not await self._has_room():
            return "nothing"
        row: FinishedRecording | None = None
        try:
            skipped = [name for name, one in self._waiting.items() if one.due > now]
            row = await self._ledger.next(skipped)
            if row is None:
                await self._judge()
                return "nothing"
            copy = await self._maker.make(row, self._pause)
        except _TightError:
            # Its own octets may have been too many: what is freed now is no reason to begin again at once.
            self._due = now + self._outage.next_delay_s()
            return "nothing"
        except (StorageError, TransportError, ParseError) as error:
            await self._put_off(row, now, error)
            return "failed"
        except Exception as error:  # our own bug: the others get their copies
            _log.exception("a playback copy failed")
            await self._put_off(row, now, error)
            return "failed"
        _log.info("playback copy made", recording=row.recording, size=copy.size)
        self._waiting.pop(row.recording, None)
        self._outage, self._due = Backoff(self._ids), 0.0
        return "made"

    async def _has_room(self) -> bool:
        """Whether every spool is there and below its mark; a change is told."""
        reason = ""
        for spool, marks in self._marks.items():
            try:
                marks.take((await asyncio.to_thread(measure, spool)).used_percent)
            except OSError as error:
                reason = f"{spool}: {error.strerror}"
            if marks.level in (Level.TIGHT, Level.FULL):
                reason = f"the spool is {marks.used_percent:.0f} % full"
        if bool(reason) != self._is_tight:
            said = "playback copies wait" if reason else "playback copies are made again"
            _log.warning(said, reason=reason)
        self._is_tight = bool(reason)
        return not reason

    async def _pause(self) -> None:
        await self._turn.idle.wait()
        if not await self._has_room():
            raise _TightError

    async def _put_off(self, row: FinishedRecording | None, now: float, error: Exception) -> None:
        """What ails all of them makes all wait, what ails one that one only."""
        is_outage = isinstance(error, TransportError) or (isinstance(error, StorageError) and error.retryable)
        if row is None or is_outage:
            delay_s = self._outage.next_delay_s()
            self._due = now + delay_s
            _log.warning("playback copies wait", reason=str(error), delay_s=round(delay_s, 1))
            return
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
        said = {"recording": row.recording, "reason": str(error)}
        backoff = was.backoff if (was := self._waiting.get(row.recording)) else Backoff(self._ids)
        if isinstance(error, ParseError):
            self._waiting[row.recording] = _PutOff(_NEVER, backoff, str(error))
            _log.error("no playback copy can be made of a damaged master", **said)
        else:
            delay_s = backoff.next_delay_s()
            self._waiting[row.recording] = _PutOff(now + delay_s, backoff, str(error))
            _log.warning("a playback copy waits", delay_s=round(delay_s, 1), **said)
        self._tell()
        try:
            await self._ledger.failed(row.recording, str(error)[:MAX_REASON], utc_now())
        except StorageError as reason:
            _log.warning("a failed playback copy is not on the record", reason=str(reason), **said)

    async def _judge(self) -> None:
        """Nothing is left to make but what has failed: who has a copy by now, or must have none, is well."""
        still = await self._ledger.lacking(self._waiting) if self._waiting else set()
        self._waiting = {name: one for name, one in self._waiting.items() if name in still}
        self._tell()

    def _tell(self) -> None:
        text = ""
        if self._waiting:
            name, one = next(iter(self._waiting.items()))
            text = f"{len(self._waiting)} recordings have no playback copy, one is {name}: {one.reason}"
        self._settle(ALARM, text)


async def run(keeper: CopyKeeper, turn: Turn, stop: asyncio.Event) -> None:
    """Make copies until `stop` is set; one that is being made then is given up, and begun anew next time."""
    stopped = asyncio.create_task(stop.wait())
    while not stop.is_set():
        turn.finished.clear()
        work = asyncio.create_task(keeper.tick(monotonic()))
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
        if work.done() and work.result() == "nothing":
            await _wait(stopped, turn)


async def _wait(stopped: asyncio.Task[Literal[True]], turn: Turn) -> None:
    """Until there is news, or it is time to look without any."""
    news = asyncio.create_task(turn.finished.wait())
    try:
        await asyncio.wait({news, stopped}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        news.cancel()
