"""A look after every leg, a few at a time."""

import asyncio

import pytest

from pbx.core.ids import LegId
from pbx.media.io.rounds import STEPS, Rounds


@pytest.mark.parametrize("n_legs", [1, 2, STEPS, STEPS + 1, 3 * STEPS - 1])
async def test_each_leg_is_visited_once_in_a_round_and_few_at_a_time(n_legs: int) -> None:
    legs = {LegId(f"leg-{number}"): number for number in range(n_legs)}
    batches: list[list[int]] = [[]]
    done = asyncio.Event()

    def visit(number: int) -> None:
        if not batches[-1]:  # the first of this turn of the loop
            asyncio.get_running_loop().call_soon(batches.append, [])
        batches[-1].append(number)
        if sum(map(len, batches)) == 2 * n_legs:
            legs.clear()
            done.set()

    rounds = Rounds(legs, visit, period_s=0.05)
    rounds.begin()
    rounds.begin()  # is on its way already
    async with asyncio.timeout(10):
        await done.wait()

    batches = [batch for batch in batches if batch]
    assert [number for batch in batches for number in batch] == 2 * list(range(n_legs))
    assert len(batches) == 2 * min(n_legs, STEPS)
    assert max(map(len, batches)) <= -(-n_legs // STEPS)


async def test_a_leg_that_ends_within_the_round_is_not_visited() -> None:
    legs = {LegId("a"): "a", LegId("b"): "b", LegId("c"): "c"}
    seen: list[str] = []
    done = asyncio.Event()

    def visit(name: str) -> None:
        seen.append(name)
        legs.pop(LegId("b"), None)
        if name == "c":
            legs.clear()
            done.set()

    Rounds(legs, visit, period_s=0.03).begin()
    async with asyncio.timeout(10):
        await done.wait()
    assert seen == ["a", "c"]


async def test_a_stopped_round_visits_nobody_and_begins_anew() -> None:
    legs = {LegId("a"): "a"}
    done = asyncio.Event()

    def visit(name: str) -> None:
        done.set()

    rounds = Rounds(legs, visit, period_s=0.001)
    rounds.begin()
    rounds.stop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await done.wait()
    rounds.begin()
    async with asyncio.timeout(10):
        await done.wait()
    rounds.stop()
