"""The heartbeat of a loop, in time and late."""

import asyncio
import time

from pbx.media.events import WorkerPace
from pbx.media.io.heartbeat import Heartbeat
from pbx.media.pace import BEAT_S


async def first_report(behind_s: float, block_s: float) -> float:
    """What is told of a loop that is blocked so long before each beat."""
    told: asyncio.Queue[WorkerPace] = asyncio.Queue()
    heart = Heartbeat(lambda _now: behind_s, told.put_nowait, report_s=BEAT_S)
    heart.start()
    while told.empty():
        time.sleep(block_s)  # noqa: ASYNC251 - it is the loop that is late
        await asyncio.sleep(BEAT_S / 10)
    heart.stop()
    return told.get_nowait().late_ms


async def test_who_blocks_the_loop_makes_it_late() -> None:
    assert await first_report(0.0, 3 * BEAT_S) >= 1000 * BEAT_S


async def test_packets_that_wait_behind_others_are_late_too() -> None:
    assert await first_report(0.7, 0.0) >= 700.0


async def test_nobody_hears_of_one_that_was_stopped() -> None:
    told: list[WorkerPace] = []
    heart = Heartbeat(lambda _now: 0.0, told.append, report_s=0.0)
    heart.stop()
    heart.start()
    heart.stop()
    await asyncio.sleep(1.5 * BEAT_S)
    assert told == []
