"""The ledger before a database that obeys the test."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.effects import Audit, SaveCall, SaveConsent
from pbx.call.record import CallRecord
from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError, StorageError
from pbx.core.ids import CallId
from pbx.core.io.clock import monotonic
from pbx.runner import ledger as module
from pbx.runner.ledger import Ledger
from pbx.store.facts import Entry, Numbered
from tests.store.test_consents import RECORD
from tests.store.test_suppressions import wish

OFFERED = CallRecord(
    call=CallId("c1"),
    tenant="acme",
    direction="inbound",
    called="01632960100",
    caller_number="",
    offered_at=datetime(2026, 11, 24, tzinfo=UTC),
)
ENDED = replace(OFFERED, cause="bye")
BUSY = StorageError("busy", retryable=True)


class Disk:
    """Facts in memory: `failures` are raised first, then everything but `bad` is written."""

    def __init__(self, failures: Sequence[Exception] = (), bad: tuple[str, ...] = ()) -> None:
        self._failures, self._bad = list(failures), bad
        self.batches: list[list[Entry]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def write_once(self, journal: str, facts: Sequence[Numbered]) -> None:
        self.asked.set()
        await self.gate.wait()
        if self._failures:
            raise self._failures.pop(0)
        written = [fact.entry for fact in facts]
        if any(isinstance(entry, Audit) and entry.fact.kind in self._bad for entry in written):
            raise MisuseError("a bad one")
        self.batches.append(written)

    @property
    def written(self) -> list[Entry]:
        return [entry for batch in self.batches for entry in batch]


def fact(kind: str) -> Audit:
    return Audit(fact=AuditFact(kind=kind))


@asynccontextmanager
async def running(disk: Disk) -> AsyncIterator[Ledger]:
    ledger = Ledger(disk, retry_s=0)
    writer = asyncio.ensure_future(ledger.run())
    yield ledger
    writer.cancel()


async def test_what_waits_is_written_at_once_and_in_order() -> None:
    disk = Disk()
    entries: list[Entry] = [fact("a"), SaveCall(record=OFFERED), SaveConsent(record=RECORD), fact("b")]
    async with running(disk) as ledger:
        for entry in entries:
            ledger.put(entry)
        await ledger.flush()
    assert disk.batches == [entries]


async def test_the_last_state_of_a_call_wins() -> None:
    disk = Disk()
    async with running(disk) as ledger:
        ledger.put(SaveCall(record=OFFERED))
        ledger.put(SaveCall(record=replace(OFFERED, call=CallId("c2"))))
        ledger.put(SaveCall(record=ENDED))
        await ledger.flush()
    assert disk.written == [SaveCall(record=ENDED), SaveCall(record=replace(OFFERED, call=CallId("c2")))]


async def test_a_state_that_is_being_written_is_followed_by_the_next() -> None:
    disk = Disk()
    disk.gate.clear()
    async with running(disk) as ledger:
        ledger.put(SaveConsent(record=RECORD))
        ledger.put(SaveCall(record=OFFERED))
        await disk.asked.wait()
        ledger.put(SaveCall(record=ENDED))
        disk.gate.set()
        await ledger.flush()
    first, second = disk.batches
    assert (first[-1], second) == (SaveCall(record=OFFERED), [SaveCall(record=ENDED)])


@pytest.mark.requirement("C-08")
async def test_a_consent_does_not_wait_for_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_S", 3600)
    disk = Disk()
    async with running(disk) as ledger:
        ledger.put(SaveConsent(record=RECORD))
        async with asyncio.timeout(5):
            await disk.asked.wait()


async def test_other_facts_wait_no_longer_than_they_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_S", 0)
    disk = Disk()
    async with running(disk) as ledger:
        ledger.put(fact("a"))
        async with asyncio.timeout(5):
            await disk.asked.wait()


@pytest.mark.parametrize(
    "refusal", [MisuseError("no"), StorageError("no", retryable=False), ValueError("no")]
)
async def test_one_bad_entry_does_not_take_the_others_with_it(refusal: Exception) -> None:
    disk = Disk([refusal], bad=("bad",))
    kinds = ["a", "b", "bad", "c", "d", "e"]
    async with running(disk) as ledger:
        for kind in kinds:
            ledger.put(fact(kind))
        await ledger.flush()
        assert ledger.refused == 1
        ledger.put(fact("later"))
        await ledger.flush()
    assert disk.written == [fact(kind) for kind in ("a", "b", "c", "d", "e", "later")]


class Watched(Disk):
    """Lets the test see that it is asked again, and waits for it then."""

    def __init__(self, failures: Sequence[Exception]) -> None:
        super().__init__(failures)
        self.again = asyncio.Event()

    async def write_once(self, journal: str, facts: Sequence[Numbered]) -> None:
        if self.asked.is_set():
            self.again.set()
            self.gate.clear()
        await super().write_once(journal, facts)


async def test_how_long_the_database_takes_nothing_is_known_until_it_does() -> None:
    disk = Watched([BUSY])
    async with running(disk) as ledger:
        begun = monotonic()
        ledger.put(SaveConsent(record=RECORD))
        assert ledger.away_s(begun + 60) == 0
        await disk.again.wait()
        assert 0 < ledger.away_s(begun + 60) <= 60
        assert ledger.away_s(begun - 1) == 0
        disk.gate.set()
        await ledger.flush()
        assert ledger.away_s(begun + 60) == 0


@pytest.mark.parametrize("failures", [[BUSY, BUSY], [BUSY, MisuseError("no")]])
async def test_a_database_that_answers_again_is_not_away(failures: list[Exception]) -> None:
    async with running(Disk(failures)) as ledger:
        ledger.put(SaveConsent(record=RECORD))
        await ledger.flush()
        assert ledger.away_s(monotonic() + 60) == 0


async def test_a_busy_database_is_asked_again() -> None:
    disk = Disk([BUSY, BUSY])
    async with running(disk) as ledger:
        ledger.put(fact("a"))
        ledger.put(fact("b"))
        await ledger.flush()
    assert disk.batches == [[fact("a"), fact("b")]]
    assert ledger.refused == 0


async def test_a_full_ledger_counts_what_it_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    ledger = Ledger(Disk())
    ledger.put(SaveCall(record=OFFERED))
    ledger.put(fact("a"))
    assert (ledger.n_waiting, ledger.dropped) == (2, 0)
    ledger.put(fact("b"))
    ledger.put(SaveCall(record=ENDED))  # takes the place of its earlier state
    assert (ledger.n_waiting, ledger.dropped) == (2, 1)


@pytest.mark.requirement("C-15")
async def test_a_full_ledger_has_room_for_who_wants_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 1)
    ledger = Ledger(Disk())
    ledger.put(fact("a"))
    ledger.put(wish())
    assert (ledger.n_waiting, ledger.dropped) == (2, 0)


@pytest.mark.requirement("C-15")
async def test_who_wants_no_calls_waits_for_no_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_S", 3600.0)
    disk = Disk()
    async with running(disk) as ledger:
        ledger.put(wish())
        await disk.asked.wait()
        await ledger.flush()
    assert disk.written == [wish()]


async def test_an_empty_ledger_is_flushed() -> None:
    async with running(Disk()) as ledger:
        await ledger.flush()
