"""Boxes are counted when asked, and when an awaited message has arrived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pbx.call.effects import CountMessages
from pbx.core.errors import StorageError
from pbx.runner.mailboxes import Mailboxes
from pbx.sip.effects import SetMessages


class Shelf:
    """A store in memory that may be away."""

    def __init__(self) -> None:
        self.stored: set[str] = set()
        self.n_asked = 0
        self.failures = 0
        self.asked_again = asyncio.Event()

    async def is_stored(self, recording: str) -> bool:
        self.n_asked += 1
        if self.n_asked > 1:
            self.asked_again.set()
        return recording in self.stored

    async def count(self, tenant: str, box: str) -> tuple[int, int]:
        if self.failures:
            self.failures -= 1
            raise StorageError("busy", retryable=True)
        return len(self.stored), 0


@asynccontextmanager
async def counting(shelf: Shelf) -> AsyncIterator[tuple[Mailboxes, "asyncio.Queue[SetMessages]"]]:
    mailboxes, told = Mailboxes(shelf), asyncio.Queue[SetMessages]()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        task = group.create_task(mailboxes.run(told.put_nowait))
        yield mailboxes, told
        task.cancel()


@pytest.mark.requirement("REG-07")
async def test_a_box_is_counted_when_asked_even_if_the_store_was_away() -> None:
    shelf = Shelf()
    shelf.failures = 2
    async with counting(shelf) as (mailboxes, told):
        mailboxes.count(CountMessages(tenant="acme", box="1001"))
        assert await told.get() == SetMessages(tenant="acme", box="1001", new=0, old=0)


@pytest.mark.requirement("REG-07")
async def test_a_message_is_counted_soon_after_it_is_stored() -> None:
    shelf = Shelf()
    async with counting(shelf) as (mailboxes, told):
        mailboxes.count(CountMessages(tenant="acme", box="1001", after="r1"))
        await shelf.asked_again.wait()
        assert told.empty()
        shelf.stored.add("r1")
        stored_at = asyncio.get_running_loop().time()
        assert (await told.get()).new == 1
        assert asyncio.get_running_loop().time() - stored_at < 1.0
