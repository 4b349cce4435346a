"""The writer of bindings before a database that obeys the test."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from pbx.core.errors import StorageError
from pbx.runner import bindings as module
from pbx.runner.bindings import BindingLedger
from pbx.sip.events import BindingsKept
from tests.store.test_bindings import ALICE, BOB


class Disk:
    """Bindings in memory; `failures` are raised first."""

    def __init__(self, *failures: StorageError) -> None:
        self._failures = list(failures)
        self.batches: list[list[BindingsKept]] = []
        self.written = asyncio.Event()

    async def write(self, kept: Sequence[BindingsKept]) -> None:
        if self._failures:
            raise self._failures.pop(0)
        self.batches.append(list(kept))
        self.written.set()


@asynccontextmanager
async def running(disk: Disk) -> AsyncIterator[BindingLedger]:
    ledger = BindingLedger(disk, retry_s=0.0)
    task = asyncio.ensure_future(ledger.run())
    yield ledger
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_of_each_user_only_the_newest_state_is_written() -> None:
    disk = Disk()
    async with running(disk) as ledger:
        newest = replace(BOB, bindings=BOB.bindings[:1])
        for kept in (BOB, ALICE, newest):
            ledger.put(kept)
        await ledger.flush()
    assert disk.batches == [[newest, ALICE]]


async def test_a_busy_database_is_asked_again_and_a_broken_one_is_not() -> None:
    disk = Disk(StorageError("busy", retryable=True), StorageError("broken", retryable=False))
    async with running(disk) as ledger:
        ledger.put(BOB)
        await ledger.flush()
        ledger.put(ALICE)
        await ledger.flush()
    assert disk.batches == [[ALICE]]


async def test_a_refresh_waits_for_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFRESH_S", 30.0)
    disk = Disk()
    async with running(disk) as ledger, asyncio.timeout(10):
        refreshed = replace(BOB, is_refresh=True)
        ledger.put(refreshed)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not disk.batches
        ledger.put(ALICE)
        await disk.written.wait()
    assert disk.batches == [[refreshed, ALICE]]


async def test_a_refresh_is_written_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFRESH_S", 0.01)
    disk = Disk()
    async with running(disk) as ledger, asyncio.timeout(10):
        ledger.put(replace(BOB, is_refresh=True))
        await disk.written.wait()
    assert len(disk.batches) == 1


async def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 1)
    disk = Disk()
    async with running(disk) as ledger:
        for kept in (BOB, ALICE, BOB):
            ledger.put(kept)
        assert ledger.dropped == 1
        await ledger.flush()
    assert disk.batches == [[BOB]]
