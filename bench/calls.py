"""Set-up cost, rate, memory and start-up time of a real PBX, loaded by SIPp (Debian sip-tester).

An echo call is one SIP leg, a flow, a port and a call record. A B2BUA call is two legs: the trunk calls
extension 1003, which rings, answers, and is hung up on; both ports are bridged, and the call is recorded.

CPU per call is taken over windows of a steady rate that has lasted longer than every timer of RFC 3261
(32 s), so that each window pays for the timers of as many old calls as new ones are placed in it. On a
shared machine the same work costs more CPU; beside each figure stands what parsing one INVITE cost in the
same seconds, so that runs can be compared by the ratio.
"""

import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.processes import children, cpu_s, machine_busy_s, rss_kb
from bench.sipp import CARRIER_INVITE, DESK, ECHO, Load, place, telephone
from pbx.sip.message import parse_message
from tests.e2e.running import RunningPbx, free_port, running

KINDS = {"echo": ECHO, "B2BUA": DESK}
SHOWN = ("signalling", "media")
SETTLE_S = 35
WINDOW_S = 10
N_WINDOWS = 3
STEADY = (25, 100)  # calls per second: few, when every wake-up serves one message, and many
HOLD_S = 20
RATES = (80, 120, 160, 200, 240, 280, 320, 400, 500, 700, 1000)
HELD_CALLS = 200
N_STARTS = 3
N_PARSED = 2000


async def start_up() -> None:
    """Seconds from `pbx run` to its word that it takes calls, in a new place and again in the same."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(N_STARTS):
            began = time.monotonic()
            async with running(Path(folder), free_port()):
                times.append(time.monotonic() - began)
    again = ", ".join(f"{one:.2f}" for one in times[1:])
    print(f"start-up until calls are taken: first {times[0]:.2f} s, again {again} s", flush=True)


async def memory(pbx: RunningPbx, kind: str) -> None:
    """Resident memory per held call."""
    pids = children(pbx.process.pid)
    load = Load(called=KINDS[kind], rate=50, n_calls=HELD_CALLS, held_ms=8000)
    before = {name: rss_kb(pids[name]) for name in SHOWN}
    lost = asyncio.ensure_future(place(pbx, load))
    await asyncio.sleep(HELD_CALLS / load.rate + 2)
    grown = {name: (rss_kb(pids[name]) - before[name]) / HELD_CALLS for name in SHOWN}
    print(f"{kind}: kB per held call: {_listed(grown, 1)} {await lost}", flush=True)


def parsing_us() -> float:
    """CPU microseconds that this machine needs at this moment to parse one INVITE."""
    began = time.process_time()
    for _ in range(N_PARSED):
        parse_message(CARRIER_INVITE)
    return (time.process_time() - began) / N_PARSED * 1e6


async def cost(pbx: RunningPbx, kind: str, steady: int) -> None:
    """CPU per call at a steady rate, and how much of the machine was busy with anything at all."""
    pids = children(pbx.process.pid)
    length_s = SETTLE_S + WINDOW_S * N_WINDOWS + 2
    load = Load(called=KINDS[kind], rate=steady, n_calls=steady * length_s)
    lost = asyncio.ensure_future(place(pbx, load))
    await asyncio.sleep(SETTLE_S)
    windows: list[dict[str, float]] = []
    yardsticks: list[float] = []
    busy, began = machine_busy_s(), time.monotonic()
    for _ in range(N_WINDOWS):
        before, start = {name: cpu_s(pids[name]) for name in SHOWN}, time.monotonic()
        yardsticks.append(parsing_us())
        await asyncio.sleep(WINDOW_S)
        n_calls = steady * (time.monotonic() - start)
        windows.append({name: (cpu_s(pids[name]) - before[name]) * 1000 / n_calls for name in SHOWN})
    cores = (machine_busy_s() - busy) / (time.monotonic() - began)
    for name in SHOWN:
        values = sorted(window[name] for window in windows)
        mean = sum(values) / len(values)
        spread = f"{values[0]:.2f} to {values[-1]:.2f} in {N_WINDOWS} windows of {WINDOW_S} s"
        print(f"{kind}: {steady} calls/s: CPU ms per call, {name}: {mean:.2f} ({spread})")
    invite_us = sum(yardsticks) / len(yardsticks)
    print(
        f"{kind}: {steady} calls/s: cores busy meanwhile with anything: {cores:.2f}; "
        f"parsing one INVITE: {invite_us:.0f} us {await lost}",
        flush=True,
    )


async def rate(pbx: RunningPbx, kind: str) -> int:
    """The highest rate that loses nothing for 20 s."""
    pids = children(pbx.process.pid)
    held = 0
    for attempt in RATES:
        before, began = {name: cpu_s(pids[name]) for name in SHOWN}, time.monotonic()
        lost = await place(pbx, Load(called=KINDS[kind], rate=attempt, n_calls=attempt * HOLD_S))
        took_s = time.monotonic() - began
        cores = {name: (cpu_s(pids[name]) - before[name]) / took_s for name in SHOWN}
        print(f"{kind}: {attempt} calls/s for {HOLD_S} s: {lost or 'held'}; cores: {_listed(cores, 2)}")
        if lost:
            break
        held = attempt
    print(f"{kind}: held for {HOLD_S} s without loss: {held} calls/s", flush=True)
    return held


def _listed(values: dict[str, float], digits: int) -> str:
    return ", ".join(f"{name} {value:.{digits}f}" for name, value in values.items())


async def measure() -> int:
    """Start-up, then each kind of call on a fresh PBX."""
    await start_up()
    held = []
    for kind, called in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                pbx = await stack.enter_async_context(running(Path(folder), free_port()))
                if called == DESK:
                    await stack.enter_async_context(telephone(pbx))
                await place(pbx, Load(called=called, rate=10, n_calls=20))
                await memory(pbx, kind)
                for steady in STEADY:
                    await cost(pbx, kind, steady)
                held.append(await rate(pbx, kind))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
