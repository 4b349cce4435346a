"""A hundred thousand packets a second from a C program at one RTP port: what becomes of another call."""

import asyncio
import statistics
import subprocess
from pathlib import Path

import pytest

from pbx.core.ids import LegId
from pbx.core.io.clock import monotonic
from pbx.media.effects import BridgeLegs
from tests.integration.media_parties import (
    FRAME_S,
    Party,
    Signalling,
    attach,
    bridged,
    connected,
    frame,
    started_worker,
    two_parties,
)
from tests.integration.test_recorded_flood import cpu_s

C, D = LegId("c"), LegId("d")
RATE, SECONDS, N_SOURCES = 100_000, 4.0, 64
LEAST = 0.5  # of the rate: the sender shares the cores with the worker and with this test
N_FRAMES = int(SECONDS / FRAME_S) - 25
MAX_P99_S = 0.1
LOCKED_SHARE = 0.1  # of a core for the worker, which has two calls to do
FLOOD = Path(__file__).parents[2] / "bench" / "flood.c"


async def delays(speaker: Party, listener: Party) -> list[float]:
    """Return how long each frame of a voice took."""
    found = []
    due = monotonic()
    for number in range(N_FRAMES):
        sent_at = monotonic()
        speaker.send(frame(number))
        assert (await listener.receive())[1] == frame(number)
        found.append(monotonic() - sent_at)
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - monotonic()))
    return found


async def talk(speaker: Party, listener: Party) -> None:
    """Be a party that is heard, until cancelled: the port of a silent one is open to others for a while."""
    for number in range(10**6):
        speaker.send(frame(number % 100))
        listener.drain()
        await asyncio.sleep(FRAME_S)


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[-1]


async def other_call(pbx: Signalling, parties: tuple[Party, Party]) -> None:
    await attach(pbx, C, parties[0])
    await attach(pbx, D, parties[1])
    pbx.send(BridgeLegs(a=C, b=D))
    await pbx.settle()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The flood, compiled."""
    path = tmp_path / "flood"
    subprocess.run(["cc", "-O2", "-Wall", "-o", str(path), str(FLOOD)], check=True)
    return path


@pytest.mark.proof
@pytest.mark.requirement("S-28")
@pytest.mark.parametrize("is_locked", [False, True])
async def test_a_flood_of_one_port(tmp_path: Path, program: Path, *, is_locked: bool) -> None:
    """Before the victim's place is certain the worker reads it, then the kernel drops it.

    On loopback that is at the sender's expense, who does not come to the full rate then.
    """
    with two_parties() as victims, two_parties() as others:
        async with started_worker(tmp_path) as process:
            pbx = await connected(tmp_path)
            await bridged(pbx, victims)
            await other_call(pbx, others)
            talking = asyncio.ensure_future(talk(*victims)) if is_locked else None
            calm = await delays(*others)
            flood = await asyncio.create_subprocess_exec(
                *(str(program), str(victims[0].to[1]), str(RATE), str(SECONDS), str(N_SOURCES)),
                stdout=asyncio.subprocess.PIPE,
            )
            began, began_s = monotonic(), cpu_s(process.pid)
            flooded = await delays(*others)
            share = (cpu_s(process.pid) - began_s) / (monotonic() - began)
            if talking is not None:
                talking.cancel()
            n_sent, lasted_s = map(float, (await flood.communicate())[0].split())
            await pbx.settle()  # and the worker takes orders
            await pbx.link.close()
    print(
        f"{n_sent / lasted_s:.0f} packets a second, locked: {is_locked}; the worker takes {share:.0%} of a "
        f"core; the other call's p99 {1000 * p99(flooded):.1f} ms, before {1000 * p99(calm):.1f}"
    )
    assert p99(flooded) < MAX_P99_S
    if is_locked:
        assert share < LOCKED_SHARE
    else:
        assert n_sent / lasted_s > LEAST * RATE
