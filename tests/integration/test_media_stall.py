"""Signalling stands still for two seconds: nobody hears it, neither in a conversation nor in a prompt."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.io.clock import monotonic
from tests.integration.media_parties import PATIENCE_S, Party, frame, started_worker

STALL_S = 2.0
FRAME_S = 0.02
# The parties, the worker and other tests share two cores; a missing second would be fifty frames.
MAX_GAP_S = 0.2
N_FRAMES = int(STALL_S / FRAME_S)


@asynccontextmanager
async def signalling(socket: Path, parties: list[Party]) -> AsyncIterator[int]:
    """A process of its own with a leg for each party; its pid."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.stalled_signalling", str(socket)),
        *(str(party.port) for party in parties),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
        for party, port in zip(parties, line.split()[1:], strict=True):
            party.to = ("127.0.0.1", int(port))
        yield process.pid
    finally:
        process.kill()
        await process.wait()


async def arrivals(party: Party, until: float) -> list[float]:
    """When packets came, and not before `until`."""
    found: list[float] = []
    while monotonic() < until:
        await party.receive()
        found.append(monotonic())
    return found


async def talk(party: Party, until: float) -> int:
    """Say a frame each 20 ms; return how many."""
    due, n_sent = monotonic(), 0
    while (now := monotonic()) < until:
        party.send(frame(n_sent % 100))
        n_sent, due = n_sent + 1, due + FRAME_S
        await asyncio.sleep(max(0.0, due - now))
    return n_sent


def longest_gap(times: list[float]) -> float:
    return max(later - earlier for earlier, later in zip(times, times[1:], strict=False))


@pytest.mark.requirement("MED-16")
async def test_a_stall_of_signalling_is_not_audible(tmp_path: Path) -> None:
    a, b, listener = parties = [Party(ssrc) for ssrc in (1, 2, 3)]
    async with started_worker(tmp_path), signalling(tmp_path / "media.sock", parties) as pid:
        until = monotonic() + STALL_S
        os.kill(pid, signal.SIGSTOP)
        try:
            sent, _, heard, prompt = await asyncio.gather(
                talk(a, until + 0.2), talk(b, until + 0.2), arrivals(b, until), arrivals(listener, until)
            )
        finally:
            os.kill(pid, signal.SIGCONT)
    for party in parties:
        party.socket.close()
    gaps = longest_gap(heard), longest_gap(prompt)
    print(
        f"sent {sent}, heard {len(heard)}, prompt {len(prompt)}, longest gaps {gaps[0]:.3f} {gaps[1]:.3f} s"
    )
    assert len(heard) >= N_FRAMES - 3 and len(prompt) >= N_FRAMES - 3
    assert max(gaps) < MAX_GAP_S
