"""F-18 and F-20: the ledger over a real database and a real journal; the test lets the database be away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbx.call.effects import Audit, SaveCall, SaveConsent
from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.ids import CallId, SeededIds
from pbx.runner import ledger as module
from pbx.runner.ledger import Ledger
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.fact_journal import ASIDE, FactJournal
from pbx.store.facts import FactStore, Numbered
from pbx.store.keys import StoreKeys
from tests.migrated import migrated
from tests.store.test_calls import ENDED, OFFERED
from tests.store.test_consents import RECORD

LONG_S = 20.0
AWAY = StorageError("away", retryable=True)


class WatchedJournal(FactJournal):
    """Lets a test wait until facts were kept, or found no room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._loop, self.kept = asyncio.get_running_loop(), asyncio.Event()

    def append(self, facts: Sequence[Numbered]) -> None:
        super().append(facts)
        self._loop.call_soon_threadsafe(self.kept.set)

    async def keeps(self, n_facts: int) -> None:
        """Wait until it holds so many."""
        async with asyncio.timeout(LONG_S):
            while self.n_facts < n_facts:
                self.kept.clear()
                await self.kept.wait()


class Town:
    """A database that can be away, and the journals of processes that write to it."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder / "records", database
        self.keys = StoreKeys.load_or_create(folder / "keys")
        self._facts = FactStore(database, self.keys)
        self.is_away = self.dies_after_commit = self.hangs = False
        self.refused, self._took = asyncio.Event(), asyncio.Event()
        self._taken: set[str] = set()
        self._n_processes = 0

    async def write_once(self, journal: str, facts: Sequence[Numbered]) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.is_away:
            self.refused.set()
            raise AWAY
        await self._facts.write_once(journal, facts)
        if self.dies_after_commit:
            self.refused.set()
            raise AWAY
        self._taken |= {fact.entry.fact.kind for fact in facts if isinstance(fact.entry, Audit)}
        self._took.set()

    async def has(self, kind: str) -> None:
        """Wait until a fact of this kind is written."""
        async with asyncio.timeout(LONG_S):
            while kind not in self._taken:
                self._took.clear()
                await self._took.wait()

    def journal(self, max_bytes: int = 1 << 20) -> "WatchedJournal":
        self._n_processes += 1
        ids = SeededIds(f"process {self._n_processes}")
        return WatchedJournal(self.folder, self.keys.fields, ids, max_bytes=max_bytes)

    def ledger(self) -> Ledger:
        return Ledger(self, retry_s=0.01, journal=self.journal())

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Ledger]:
        """One life of the signalling process; it ends like by kill -9."""
        ledger = self.ledger()
        await ledger.recover()
        writer = asyncio.ensure_future(ledger.run())
        yield ledger
        assert not writer.done(), writer.exception()
        writer.cancel()

    async def kinds(self) -> list[str]:
        return [fact.kind for _, fact in reversed(await AuditStore(self.database).list(10_000))]

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    database = await migrated(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    yield Town(tmp_path, database)
    await database.close()


def fact(kind: str) -> Audit:
    return Audit(fact=AuditFact(kind=kind))


@pytest.mark.requirement("F-18")
async def test_what_waits_for_the_database_is_written_once_and_in_order(town: Town) -> None:
    async with town.process() as ledger:
        town.is_away = True
        for number in range(50):
            ledger.put(fact(f"away.{number}"))
            ledger.put(SaveCall(record=replace(OFFERED, call=CallId(f"c{number}"))))
            if number % 10 == 0:
                await ledger.flush()  # it is on the disk
                assert ledger.n_sealed == ledger.n_waiting
        ledger.put(SaveConsent(record=RECORD))
        ledger.put(SaveCall(record=ENDED))
        await ledger.flush()
        assert await town.kinds() == []
        assert town.files
        town.is_away = False
        ledger.put(fact("back"))
        await town.has("database.back")
        assert await town.kinds() == [f"away.{number}" for number in range(50)] + ["back", "database.back"]
        assert town.files == [] and ledger.n_waiting == 0
    calls = CallStore(town.database, town.keys)
    assert len(await calls.list(1000)) == 50
    assert await calls.get(ENDED.call) == ENDED
    assert await ConsentStore(town.database).get(RECORD.consent) == RECORD
    (told, *_) = await AuditStore(town.database).list(1)
    assert told[1].details["sealed"] in (102, 103)  # the last one may have been just in time


@pytest.mark.requirement("F-18")
async def test_the_next_process_writes_what_a_killed_one_has_left(town: Town) -> None:
    async with town.process() as ledger:
        ledger.put(fact("before"))
        await ledger.flush()
        town.is_away = True
        ledger.put(fact("away"))
        ledger.put(SaveCall(record=OFFERED))
        await ledger.flush()
    assert town.files
    killed = town.ledger()
    with pytest.raises(StorageError):  # it is still away, and nothing is lost by a start that fails
        await killed.recover()
    town.is_away = False
    async with town.process() as ledger:
        assert town.files == []
        ledger.put(SaveCall(record=ENDED))
        ledger.put(fact("after"))
        await ledger.flush()
    assert await town.kinds() == ["before", "away", "after"]
    assert [call.cause for call in await CallStore(town.database, town.keys).list()] == [ENDED.cause]


@pytest.mark.requirement("F-20")
async def test_what_was_committed_before_the_answer_was_lost_is_not_written_again(town: Town) -> None:
    async with town.process() as ledger:
        town.dies_after_commit = True
        ledger.put(fact("committed"))
        await town.refused.wait()
        await ledger.flush()
        assert await town.kinds() == ["committed"] and town.files
    town.dies_after_commit = False
    async with town.process() as ledger:
        ledger.put(fact("after"))
        await ledger.flush()
    assert await town.kinds() == ["committed", "after"]


@pytest.mark.requirement("F-19")
async def test_a_database_that_does_not_answer_keeps_nothing_from_the_disk(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEAL_S", 0.01)
    journal = town.journal()
    ledger = Ledger(town, journal=journal)
    writer = asyncio.ensure_future(ledger.run())
    town.hangs = True
    ledger.put(fact("one"))
    await journal.keeps(1)
    ledger.put(fact("two"))
    await journal.keeps(2)
    writer.cancel()
    town.hangs = False
    async with town.process():
        assert await town.kinds() == ["one", "two"]


async def test_a_refused_fact_keeps_its_place_from_no_other(town: Town) -> None:
    async with town.process() as ledger:
        ledger.put(SaveConsent(record=RECORD))
        await ledger.flush()
        town.is_away = True
        for entry in (fact("a"), SaveConsent(record=replace(RECORD, tenant="other")), fact("b"), fact("c")):
            ledger.put(entry)
        await ledger.flush()
        town.is_away = False
        ledger.put(fact("d"))
        await town.has("database.back")
        assert ledger.refused == 1
    assert await town.kinds() == ["a", "b", "c", "d", "database.back"]


class Heard(logging.Handler):
    """Lets a test wait until the ledger has said that facts wait in memory alone: that comes once."""

    def __init__(self) -> None:
        super().__init__()
        self.it = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "in memory alone" in record.getMessage():
            self.it.set()


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    log, handler = logging.getLogger("pbx.ledger"), Heard()
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


@pytest.mark.requirement("F-18")
async def test_a_full_journal_is_known_and_what_it_does_not_take_waits_in_memory(
    town: Town, heard: Heard
) -> None:
    journal = town.journal(max_bytes=1000)
    ledger = Ledger(town, retry_s=0.01, journal=journal)
    writer = asyncio.ensure_future(ledger.run())
    town.is_away = True
    ledger.put(fact("first"))
    await ledger.flush()
    assert (ledger.n_sealed, ledger.is_full) == (1, False)
    for number in range(20):
        ledger.put(fact(f"more.{number}"))
    await heard.it.wait()
    assert (ledger.n_sealed, ledger.n_waiting, ledger.is_full, ledger.dropped) == (1, 21, True, 0)
    town.is_away = False
    await town.has("database.back")
    assert (await town.kinds())[:-1] == ["first", *(f"more.{number}" for number in range(20))]
    writer.cancel()


async def test_who_tampered_with_the_journal_is_told_of(town: Town) -> None:
    async with town.process() as ledger:
        town.is_away = True
        ledger.put(fact("away"))
        await ledger.flush()
    (file,) = town.files
    octets = bytearray(file.read_bytes())
    octets[-1] ^= 1  # an octet written over it would be the same one time in 256
    file.write_bytes(octets)
    town.is_away = False
    async with town.process() as ledger:
        await ledger.flush()
    assert await town.kinds() == ["records.unreadable"]
    assert [one.suffix for one in town.files] == [ASIDE]


async def test_the_newest_state_of_a_call_is_left_after_a_disk_that_refused(town: Town, heard: Heard) -> None:
    journal = town.journal(max_bytes=0)
    ledger = Ledger(town, retry_s=0.01, journal=journal)
    writer = asyncio.ensure_future(ledger.run())
    town.is_away = True
    ledger.put(fact("first"))
    ledger.put(SaveCall(record=OFFERED))
    ledger.put(fact("between"))
    await heard.it.wait()
    ledger.put(SaveCall(record=ENDED))
    journal.max_bytes = 1 << 20
    await ledger.flush()
    town.is_away = False
    ledger.put(fact("back"))
    await town.has("database.back")
    writer.cancel()
    assert await CallStore(town.database, town.keys).get(ENDED.call) == ENDED
    assert (await town.kinds())[:-1] == ["first", "between", "back"]
