"""The register follows the store: what it held at the start, what changes, and when it is away."""

import asyncio

import pytest

from pbx.core.errors import StorageError
from pbx.core.io.clock import monotonic
from pbx.marketing.register import FRESH_S, Changes, Register
from pbx.runner import suppressions
from pbx.runner.suppressions import follow, remembered
from pbx.store.suppressions import BEGINNING, Cursor

pytestmark = pytest.mark.requirement("C-15")


class Shelf:
    """A store in memory that tells of one stop at a time."""

    def __init__(self, *stops: bytes) -> None:
        self.stops = list(stops)
        self.is_away, self.is_strange = False, False
        self.asked: asyncio.Queue[int] = asyncio.Queue()

    async def is_ours(self) -> bool:
        return not self.is_strange

    async def changes(self, since: Cursor) -> tuple[Changes, Cursor]:
        self.asked.put_nowait(since[0])
        if self.is_away:
            raise StorageError("away", retryable=True)
        if since[0] == len(self.stops):
            return Changes(), since
        return Changes(stops=(self.stops[since[0]],)), (since[0] + 1, 0, 0, 0)


async def test_nothing_is_trusted_before_everything_that_was_kept_is_known() -> None:
    shelf = Shelf(b"1", b"2", b"3")
    register, work = await remembered(shelf)
    assert register.is_stale(monotonic())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        asked = [await shelf.asked.get() for _ in range(4)]
        assert not register.is_stale(monotonic())
        task.cancel()
    assert asked == [0, 1, 2, 3]
    assert all(register.standing(tag).is_stopped for tag in (b"1", b"2", b"3"))


async def test_under_another_key_nothing_is_trusted(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(b"1")
    shelf.is_strange = True
    register, work = await remembered(shelf)
    await work
    assert register.is_stale(monotonic())
    assert "phone.key is not the key that opt-outs were kept under" in caplog.text


async def test_a_change_is_learnt_and_a_store_that_is_away_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suppressions, "POLL_S", 0.001)
    shelf = Shelf()
    register = Register(is_followed=True)

    async def asked(times: int) -> None:
        while not shelf.asked.empty():
            shelf.asked.get_nowait()
        for _ in range(times):
            await shelf.asked.get()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(follow(shelf, register, BEGINNING))
        shelf.stops.append(b"1")
        await asked(3)
        assert register.standing(b"1").is_stopped
        shelf.is_away = True
        shelf.stops.append(b"2")
        await asked(2)
        heard = monotonic()
        await asked(2)
        assert register.is_stale(heard + FRESH_S + 1)
        assert not register.standing(b"2").is_stopped
        shelf.is_away = False
        await asked(4)
        assert register.standing(b"2").is_stopped
        task.cancel()
