"""The one timer of a runner."""

import asyncio
import math

import pytest

from pbx.core.io.clock import monotonic
from pbx.runner.alarm import GRAIN_S, Alarm


class Bell:
    """Deadlines that a test sets, and when the alarm rang."""

    def __init__(self) -> None:
        self.due = math.inf
        self.rang_at: list[float] = []
        self.asked = 0
        self.rung = asyncio.Event()
        self.alarm = Alarm(self._ring, self._deadline)

    def _deadline(self) -> float:
        self.asked += 1
        return self.due

    def _ring(self) -> None:
        self.rang_at.append(monotonic())
        self.rung.set()

    async def wait(self) -> float:
        """Wait for the next ring; returns when it was."""
        async with asyncio.timeout(5):
            await self.rung.wait()
        self.rung.clear()
        return self.rang_at[-1]


async def test_it_rings_at_the_deadline_and_not_before() -> None:
    bell = Bell()
    bell.due = monotonic() + 0.05
    bell.alarm.set()
    assert await bell.wait() >= bell.due


async def test_an_earlier_deadline_moves_it_forward() -> None:
    bell = Bell()
    bell.due = monotonic() + 60
    bell.alarm.set()
    bell.due = monotonic()
    bell.alarm.set()
    assert await bell.wait() < monotonic() + 1


async def test_what_is_due_at_once_after_a_ring_waits_for_the_grain() -> None:
    bell = Bell()
    bell.due = monotonic()
    bell.alarm.set()
    first = await bell.wait()
    bell.alarm.set()
    assert await bell.wait() - first >= GRAIN_S * 0.99


async def test_nobody_is_asked_while_it_is_set_as_early_as_it_may_be() -> None:
    bell = Bell()
    bell.due = monotonic()
    bell.alarm.set()
    await bell.wait()
    bell.alarm.set()
    asked = bell.asked
    for _ in range(100):
        bell.alarm.set()
    assert bell.asked == asked


@pytest.mark.parametrize("n_sets", [1, 2])
async def test_without_a_deadline_it_is_not_set(n_sets: int) -> None:
    bell = Bell()
    for _ in range(n_sets):
        bell.alarm.set()
    assert not bell.rang_at
    assert bell.asked == n_sets
