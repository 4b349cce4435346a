"""What a page of metrics costs signalling: 500 calls in progress, 100 trunks with calls of all kinds."""

import asyncio
import sys
import time

import uvloop

from pbx.core.ids import CallId
from pbx.observe.io import exposition
from tests.integration.busy_counts import busy, one_call

N_TRUNKS, N_CALLS, TIMES = 100, 500, 20


async def measure() -> int:
    """Print the CPU of a page, the longest time without a turn for others, and that of counting one call."""
    counts = busy(N_TRUNKS, N_CALLS)
    began = time.thread_time()
    families = counts.families()
    print(f"snapshot {1e3 * (time.thread_time() - began):.1f} ms")
    slices: list[float] = []
    pages: list[float] = []
    for _ in range(TIMES):
        done = asyncio.Event()
        other = asyncio.create_task(_turns(done, slices))
        began = time.thread_time()
        text = await exposition.page(families)
        pages.append(time.thread_time() - began)
        done.set()
        await other
    n_lines = text.count(b"\n")
    print(f"page of {n_lines} lines, {len(text) // 1000} kB: {1e3 * sorted(pages)[TIMES // 2]:.1f} ms of CPU")
    print(f"longest slice {1e3 * max(slices):.1f} ms, median {1e3 * sorted(slices)[len(slices) // 2]:.1f} ms")
    began = time.thread_time()
    for number in range(10_000):
        one_call(counts, CallId(f"more{number}"), f"trunk{number % N_TRUNKS}")
    print(f"counting a call of one trunk {1e2 * (time.thread_time() - began):.1f} us")
    return 0


async def _turns(done: asyncio.Event, slices: list[float]) -> None:
    """Note the CPU time between two turns of somebody else."""
    while not done.is_set():
        began = time.thread_time()
        await asyncio.sleep(0)
        slices.append(time.thread_time() - began)


if __name__ == "__main__":
    sys.exit(uvloop.run(measure()))
