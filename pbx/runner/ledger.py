"""Saves call records, consents and audit facts in the order they were made, many at a time, and retries.

What the database has not taken for a moment is sealed on disk meanwhile, and is written from there, once
each, when it takes facts again; by the next process if this one dies.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pbx.call.effects import Audit, EndGrant, SaveCall, SaveConsent
from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.core.io.clock import monotonic, utc_now
from pbx.marketing.effects import KeepStop
from pbx.store.fact_journal import FactJournal, Segment
from pbx.store.facts import Entry, Numbered

MAX_WAITING = 20_000  # two minutes of records at 100 calls per second; older facts win, newer are counted
GATHER_S = 0.1  # a transaction costs as much as some ten rows in it; a crash loses no more than this
SEAL_S = 0.5  # for so long the database may take; what waits longer is on the disk, with what came meanwhile
RETRY_S = 1.0
_MEMORY = "memory"  # the journal's name where there is none
_log = logging.getLogger("pbx.ledger")


class Facts(Protocol):
    """Where facts go."""

    async def write_once(self, journal: str, facts: Sequence[Numbered]) -> None:
        """Write all that are not written yet or, with an error, none."""
        ...


class Ledger:
    """What waits to be written, bounded, and one writer; a call never waits for the database.

    Of one call only the newest record waits: the row holds the last state alone. A consent does not wait
    for company, because audio may already be kept on the strength of it; nor does a grant that has ended, nor
    who wants no calls, and for him there is always room: a number comes once, and by hand.
    """

    def __init__(self, facts: Facts, retry_s: float = RETRY_S, journal: FactJournal | None = None) -> None:
        self._facts, self._retry_s, self._journal = facts, retry_s, journal
        self._name = _MEMORY if journal is None else journal.name
        self._waiting: dict[CallId | int, Numbered] = {}  # in memory alone
        self._serial = 0
        self._some, self._at_once, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()
        self.dropped = 0  # the database was away for too long
        self.refused = 0  # the database, or a rule of ours, would not have it
        self.is_full = False  # the journal took nothing more at the last try
        self._away_since: float | None = None  # monotonic; the first try of those that failed in a row
        self._outage: _Outage | None = None  # what has to be told when nothing waits any more

    @property
    def n_waiting(self) -> int:
        """How many facts nobody has begun to write."""
        return len(self._waiting) + self.n_sealed

    @property
    def n_sealed(self) -> int:
        """How many facts wait on the disk."""
        return 0 if self._journal is None else self._journal.n_facts

    def away_s(self, now: float) -> float:
        """For how many seconds up to monotonic `now` the database has not taken facts; 0 = it takes them."""
        return 0.0 if self._away_since is None else max(0.0, now - self._away_since)

    def put(self, entry: Entry) -> None:
        """Queue a fact; when the database has been away for too long, count and complain."""
        key = entry.record.call if isinstance(entry, SaveCall) else self._serial + 1
        if (older := self._waiting.get(key)) is not None:
            self._waiting[key] = replace(older, entry=entry, at=utc_now())
            return
        if len(self._waiting) >= MAX_WAITING and not isinstance(entry, KeepStop):
            self.dropped += 1
            _log.error("ledger full: %d facts lost, is the database up?", self.dropped)
            return
        self._serial += 1
        self._waiting[key] = Numbered(serial=self._serial, entry=entry, at=utc_now())
        self._idle.clear()
        self._some.set()
        if isinstance(entry, SaveConsent | KeepStop | EndGrant):
            self._at_once.set()

    async def recover(self) -> int:
        """Write what an earlier process has left on disk; return how many facts that were. Call before `run`.

        StorageError: the database does not take them now.
        """
        if self._journal is None:
            return 0
        n_facts = 0
        for path in await asyncio.to_thread(self._journal.segments):
            segment = await asyncio.to_thread(self._journal.read, path)
            await self._try(segment.journal, segment.facts)
            await self._done_with(self._journal, segment)
            n_facts += len(segment.facts)
        return n_facts

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._some.wait()
            await self._gather()
            self._some.clear()
            self._at_once.clear()
            await self._write_sealed()
            batch, self._waiting = list(self._waiting.values()), {}
            await self._write(batch, batch)
            if self.n_sealed:
                self._some.set()
                continue
            self._tell_outage()
            if not self._waiting:
                self._idle.set()

    async def flush(self) -> None:
        """Wait until everything queued is written, or while the database is away on the disk."""
        if not self._idle.is_set():
            self._at_once.set()
            await self._idle.wait()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GATHER_S):
                await self._at_once.wait()
        except TimeoutError:
            return

    async def _write_sealed(self) -> None:
        """Write what waits on the disk, the oldest first, while calls put more behind it."""
        while self._journal is not None and (path := self._journal.oldest) is not None:
            try:
                segment = await asyncio.to_thread(self._journal.read, path)
            except StorageError as error:
                _log.error("ledger: %s", error)
                await self._pause([])
                continue
            await self._write(segment.facts, [])
            await self._done_with(self._journal, segment)

    async def _done_with(self, journal: FactJournal, segment: Segment) -> None:
        await asyncio.to_thread(journal.remove, segment)
        self.is_full = False
        if segment.damage:
            details: dict[str, str | int | bool | None] = {
                "file": segment.path.name,
                "reason": segment.damage,
            }
            self.put(Audit(fact=AuditFact(kind="records.unreadable", details=details)))

    async def _write(self, batch: Sequence[Numbered], unsealed: list[Numbered]) -> None:
        """Write all, however long it takes; `unsealed` of them, and what comes meanwhile, go to the disk."""
        unsealed = list(unsealed)
        while batch:
            begun = monotonic()
            try:
                await self._attended(batch, unsealed)
                return
            except StorageError as error:
                _log.error("ledger: %s", error)
            self._away_since = begun if self._away_since is None else self._away_since
            self._outage = self._outage or _Outage(since=begun)
            await self._pause(unsealed)

    async def _attended(self, batch: Sequence[Numbered], unsealed: list[Numbered]) -> None:
        """Try once; when that takes long, what waits is sealed meanwhile."""
        answered = asyncio.Event()

        async def tried() -> None:
            try:
                await self._try(self._name, batch)
            finally:
                answered.set()

        # Both have ended then, with whatever error: nothing is sealed behind the back of the next try.
        ends = await asyncio.gather(tried(), self._seal_until(answered, unsealed), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _seal_until(self, answered: asyncio.Event, unsealed: list[Numbered]) -> None:
        while not answered.is_set():
            try:
                async with asyncio.timeout(SEAL_S):
                    await answered.wait()
            except TimeoutError:
                await self._seal(unsealed)

    async def _pause(self, unsealed: list[Numbered]) -> None:
        """Let some time pass before the next try."""
        until = monotonic() + self._retry_s
        await self._seal(unsealed)
        while (left_s := until - monotonic()) > 0:
            await asyncio.sleep(min(left_s, SEAL_S))
            await self._seal(unsealed)

    async def _seal(self, unsealed: list[Numbered]) -> None:
        """Put on the disk what is in memory alone: `unsealed`, which is then empty, and what waits."""
        if self._journal is None or not (unsealed or self._waiting):
            return
        taken, self._waiting = self._waiting, {}
        facts = [*unsealed, *taken.values()]
        try:
            await asyncio.to_thread(self._journal.append, facts)
        except StorageError as error:
            if not self.is_full:
                _log.error("ledger: %s; %d facts wait in memory alone", error, len(facts))
            self.is_full, self._waiting = True, _joined(taken, self._waiting)
            return
        unsealed.clear()
        self.is_full = False
        if self._away_since is not None and not self._waiting:
            self._idle.set()  # kept, if not written: whoever wants to stop need not wait for the database
        if self._outage is not None:
            self._outage.n_sealed += len(facts)

    def _tell_outage(self) -> None:
        """The database takes facts again, and nothing waits on the disk any more."""
        outage, self._outage, self.is_full = self._outage, None, False
        if outage is not None and outage.n_sealed:
            details = {"away_s": round(monotonic() - outage.since), "sealed": outage.n_sealed}
            self.put(Audit(fact=AuditFact(kind="database.back", details={**details})))
            _log.info("ledger: the database is back, %d facts waited on the disk", outage.n_sealed)

    async def _try(self, journal: str, batch: Sequence[Numbered]) -> None:
        """Write all; a batch that is refused is halved until the one to blame is alone.

        StorageError: the database is away; what has been written of the batch is not written again.
        """
        while batch:
            try:
                await self._facts.write_once(journal, batch)
                self._away_since = None
                return
            except StorageError as error:
                if error.retryable:
                    raise
                reason = str(error)
            except Exception as error:  # a fact that breaks a rule must not end the writing of the others
                reason = type(error).__name__  # its text may quote what it was working on
            self._away_since = None  # it answers
            if len(batch) == 1:
                self.refused += 1
                _log.error("ledger: a %s was refused: %s", type(batch[0].entry).__name__, reason)
                return
            middle = len(batch) // 2
            await self._try(journal, batch[:middle])
            batch = batch[middle:]


@dataclass(slots=True)
class _Outage:
    """Since when (monotonic) the database has been away, and how many facts went to the disk."""

    since: float
    n_sealed: int = 0


def _joined(
    older: dict[CallId | int, Numbered], newer: dict[CallId | int, Numbered]
) -> dict[CallId | int, Numbered]:
    """What waits, in the order of its numbers, of each call the newest record."""
    for key, fact in newer.items():
        earlier = older.get(key)
        older[key] = fact if earlier is None else replace(fact, serial=earlier.serial)
    return older
