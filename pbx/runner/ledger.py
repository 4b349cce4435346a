"""Saves call records, consents and audit facts in the order they were made, many at a time, and retries."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from pbx.call.effects import EndGrant, SaveCall, SaveConsent
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.core.io.clock import monotonic, utc_now
from pbx.marketing.effects import KeepStop
from pbx.store.facts import Entry, Stamped

MAX_WAITING = 20_000  # two minutes of records at 100 calls per second; older facts win, newer are counted
GATHER_S = 0.1  # a transaction costs as much as some ten rows in it; a crash loses no more than this
RETRY_S = 1.0
_log = logging.getLogger("pbx.ledger")


class Facts(Protocol):
    """Where facts go."""

    async def write(self, entries: Sequence[Stamped]) -> None:
        """Write all or, with an error, none."""
        ...


class Ledger:
    """What waits to be written, bounded, and one writer; a call never waits for the database.

    Of one call only the newest record waits: the row holds the last state alone. A consent does not wait
    for company, because audio may already be kept on the strength of it; nor does a grant that has ended, nor
    who wants no calls, and for him there is always room: a number comes once, and by hand.
    """

    def __init__(self, facts: Facts, retry_s: float = RETRY_S) -> None:
        self._facts, self._retry_s = facts, retry_s
        self._waiting: dict[CallId | int, Stamped] = {}
        self._serial = 0
        self._some, self._at_once, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()
        self.dropped = 0  # the database was away for too long
        self.refused = 0  # the database, or a rule of ours, would not have it
        self._away_since: float | None = None  # monotonic; the first try of those that failed in a row

    @property
    def n_waiting(self) -> int:
        """How many facts nobody has begun to write."""
        return len(self._waiting)

    def away_s(self, now: float) -> float:
        """For how many seconds up to monotonic `now` the database has not taken facts; 0 = it takes them."""
        return 0.0 if self._away_since is None else max(0.0, now - self._away_since)

    def put(self, entry: Entry) -> None:
        """Queue a fact; when the database has been away for too long, count and complain."""
        stamped = (entry, utc_now())
        if isinstance(entry, SaveCall) and entry.record.call in self._waiting:
            self._waiting[entry.record.call] = stamped
            return
        if len(self._waiting) >= MAX_WAITING and not isinstance(entry, KeepStop):
            self.dropped += 1
            _log.error("ledger full: %d facts lost, is the database up?", self.dropped)
            return
        self._serial += 1
        self._waiting[entry.record.call if isinstance(entry, SaveCall) else self._serial] = stamped
        self._idle.clear()
        self._some.set()
        if isinstance(entry, SaveConsent | KeepStop | EndGrant):
            self._at_once.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._some.wait()
            await self._gather()
            batch, self._waiting = list(self._waiting.values()), {}
            self._some.clear()
            self._at_once.clear()
            await self._write(batch)
            if not self._waiting:
                self._idle.set()

    async def flush(self) -> None:
        """Wait until everything queued is written."""
        if not self._idle.is_set():
            self._at_once.set()
            await self._idle.wait()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GATHER_S):
                await self._at_once.wait()
        except TimeoutError:
            return

    async def _write(self, batch: list[Stamped]) -> None:
        """Write all; a batch that is refused is halved until the one to blame is alone."""
        while True:
            begun = monotonic()
            try:
                await self._facts.write(batch)
                self._away_since = None
                return
            except StorageError as error:
                if error.retryable:
                    self._away_since = begun if self._away_since is None else self._away_since
                    _log.error("ledger: %s", error)
                    await asyncio.sleep(self._retry_s)
                    continue
                reason = str(error)
            except Exception as error:  # a fact that breaks a rule must not end the writing of the others
                reason = type(error).__name__  # its text may quote what it was working on
            self._away_since = None  # it answers
            if len(batch) == 1:
                self.refused += 1
                _log.error("ledger: a %s was refused: %s", type(batch[0][0]).__name__, reason)
                return
            middle = len(batch) // 2
            await self._write(batch[:middle])
            batch = batch[middle:]
