"""Carries every signed checkpoint to a store outside of the machine, oldest first, and tells when it cannot.

A copy that was made twice is one object: its name is what it says. It counts once it was read back.
"""

import asyncio
import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from pbx.core.errors import ParseError, StorageError
from pbx.core.ids import Ids
from pbx.core.io.clock import monotonic, utc_now
from pbx.recording.finalise import Backoff
from pbx.recording.io.object_store import MAX_LISTED, CheckpointStore, Lock
from pbx.recording.outside import key_of
from pbx.recording.signed_note import parse_text

LATE = timedelta(minutes=10)  # E-14
ALARM = "audit.not_outside"
MAX_DELAY_S = 60.0  # a note has 250 octets: asking once a minute costs nobody anything
BATCH = 100  # notes of one turn
LOOK_BACK = 10_000  # entries: an export signs beside the log's keeper, and may store its note a moment later
POLL_S = 5.0
_log = structlog.get_logger()


class Signed(Protocol):
    """A checkpoint that the vault has signed; `at` = when it was stored."""

    @property
    def size(self) -> int: ...

    @property
    def note(self) -> bytes: ...

    @property
    def at(self) -> datetime: ...


class Copies(Protocol):
    """What is known of the copies in one place; StorageError when the database is down."""

    async def missing(self, place: str, above: int, limit: int) -> Sequence[Signed]:
        """Return checkpoints over more than `above` entries that are not there, the smallest first."""
        ...

    async def made(self, place: str, size: int, at: datetime) -> None:
        """One is there."""
        ...

    async def alarm(self, kind: str, reason: str, at: datetime) -> None:
        """Put on the record that the copies are late."""
        ...


@dataclass(slots=True)
class OutsideCheckpoints:
    """Takes turns; `now` is monotonic seconds, `at` the wall clock that checkpoints are dated by."""

    copies: Copies
    store: CheckpointStore
    place: str
    backoff: Backoff
    lock: Lock
    _above: int = 0
    _due: float = 0.0
    _is_late: bool = False
    _last: str = ""

    @classmethod
    def over(
        cls, copies: Copies, store: CheckpointStore, place: str, *, ids: Ids, lock: Lock
    ) -> "OutsideCheckpoints":
        """One that has looked at nothing yet; `place` names the store for ever."""
        return cls(copies, store, place, Backoff(ids), lock)

    async def tick(self, now: float, at: datetime) -> int:
        """Copy what is missing; return how many notes. The first that fails keeps the later ones back."""
        if now < self._due:
            return 0
        done, waiting = 0, None
        try:
            for one in await self.copies.missing(self.place, self._above, BATCH):
                waiting = one
                await self._copy(one, at)
                done += 1
                self._above = max(self._above, one.size - LOOK_BACK)
        except StorageError as error:
            self._due = now + min(self.backoff.next_delay_s(), MAX_DELAY_S)
            await self._judge(waiting, str(error), at)
            return done
        if done or self._is_late:
            _log.info("checkpoints are outside", notes=done)
            self.backoff.n_failures, self._is_late = 0, False
        return done

    async def _copy(self, one: Signed, at: datetime) -> None:
        try:
            key = key_of(parse_text(one.note.partition(b"\n\n")[0] + b"\n"))
        except ParseError as error:
            raise StorageError(
                f"the note over {one.size} entries is damaged: {error}", retryable=False
            ) from None
        put = await self.store.put_locked(key, one.note, self.lock.mode, at + timedelta(days=self.lock.days))
        if await self.store.read(key) != one.note:
            raise StorageError("what is stored as a checkpoint is another note", retryable=True)
        await self.copies.made(self.place, one.size, at)
        if put != self._last:  # each time it becomes true or untrue that nobody can delete them
            _log.info("checkpoints are copied outside", place=self.place, store_says=put)
            self._last = put

    async def _judge(self, waiting: Signed | None, reason: str, at: datetime) -> None:
        """Tell once of a note that has been nowhere but here for too long."""
        _log.warning("checkpoints wait for their outside store", reason=reason)
        if self._is_late or waiting is None or at - waiting.at <= LATE:
            return
        self._is_late = True
        _log.error("the newest checkpoint outside of this machine is too old", reason=reason)
        try:
            await self.copies.alarm(ALARM, reason, at)
        except StorageError as error:
            _log.error("nobody could be told", error=str(error))


async def listed(store: CheckpointStore, folder: str) -> builtins.list[str]:
    """Return all keys of a folder: where a listing is cut, the next digit of the names divides it."""
    keys = await store.list(folder)
    if len(keys) < MAX_LISTED:
        return keys
    return [key for digit in "0123456789" for key in await listed(store, folder + digit)]


async def run(outside: OutsideCheckpoints, stop: asyncio.Event) -> None:
    """Copy until `stop` is set."""
    while not stop.is_set():
        if await outside.tick(monotonic(), utc_now()) == BATCH:
            continue
        try:
            await asyncio.wait_for(stop.wait(), POLL_S)
        except TimeoutError:
            continue
