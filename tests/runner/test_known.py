"""What customers say is followed: an import counts for the next call, a store that is away ends nothing."""

import asyncio
from collections.abc import Mapping

import pytest

from pbx.consent.known import Known
from pbx.core.errors import StorageError
from pbx.runner import known
from pbx.runner.known import follow, known_numbers

ANN = Known(language="de-DE")


class Shelf:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Known] = {}
        self.is_away = False
        self.was_away = asyncio.Event()

    def tag(self, tenant: str, number: str) -> bytes:
        return f"{tenant}{number}".encode()

    async def version(self) -> object:
        if self.is_away:
            self.was_away.set()
            raise StorageError("away", retryable=True)
        return len(self.kept)

    async def known(self) -> Mapping[bytes, Known]:
        return dict(self.kept)


async def test_who_was_a_customer_before_the_start_is_known() -> None:
    shelf = Shelf()
    shelf.kept = {shelf.tag("acme", "+44"): ANN}
    numbers, work = await known_numbers(shelf)
    work.close()
    assert numbers.of("acme", "+44") == ANN


async def test_a_change_is_told_and_a_store_that_is_away_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known, "POLL_S", 0.001)
    shelf, told = Shelf(), asyncio.Queue[Mapping[bytes, Known]]()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(follow(shelf, told.put_nowait))
        assert await told.get() == {}
        shelf.is_away = True
        shelf.kept = {b"x": ANN}
        await shelf.was_away.wait()
        assert told.empty()
        shelf.is_away = False
        assert await told.get() == {b"x": ANN}
        task.cancel()
