"""Refusals follow the store: what it held at the start, what changes, and when it is away."""

import asyncio
from collections.abc import Iterable

import pytest

from pbx.core.errors import StorageError
from pbx.runner import refusals
from pbx.runner.refusals import follow, remembered

pytestmark = pytest.mark.requirement("REC-06")


class Shelf:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: set[bytes] = set()
        self.is_away = False
        self.was_away = asyncio.Event()

    def tag(self, tenant: str, number: str) -> bytes:
        return f"{tenant}{number}".encode()

    async def version(self) -> object:
        if self.is_away:
            self.was_away.set()
            raise StorageError("away", retryable=True)
        return frozenset(self.kept)

    async def tags(self) -> frozenset[bytes]:
        return frozenset(self.kept)


async def test_what_was_kept_before_the_start_is_known() -> None:
    shelf = Shelf()
    shelf.kept = {shelf.tag("acme", "+44")}
    known, work = await remembered(shelf)
    work.close()
    assert (known.knows("acme", "+44"), known.knows("acme", "+45")) == (True, False)


async def test_a_change_is_told_and_a_store_that_is_away_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "POLL_S", 0.001)
    shelf, told = Shelf(), asyncio.Queue[set[bytes]]()

    def restore(tags: Iterable[bytes]) -> None:
        told.put_nowait(set(tags))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(follow(shelf, restore))
        assert await told.get() == set()
        shelf.is_away = True
        shelf.kept.add(b"x")
        await shelf.was_away.wait()
        assert told.empty()
        shelf.is_away = False
        assert await told.get() == {b"x"}
        task.cancel()
