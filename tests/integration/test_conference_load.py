"""Fifty parties in one room: what they cost a worker, against a loop whose cost is measured beside it.

On a machine that others use as well, a core does less in a second of its time; the loop is as slow then.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from pbx.core.ids import LegId
from pbx.media.effects import ConnectLeg, JoinRoom, OpenLeg
from pbx.media.events import LegOpened
from tests.integration.media_parties import CALL, MU, Party, Signalling, connected, started_worker

N_PARTIES, N_TALKING = 50, 3
SECONDS = 3.0
MAX_SHARE = 0.25  # of one core
TICKS = os.sysconf("SC_CLK_TCK")
LOOP_S = 0.0825  # of its time where the share is 0.14 of a core


def loop_s() -> float:
    """The processor's time for what a room does, roughly: small arrays, lookups and calls."""
    rows, table = np.ones((50, 160), np.float32), np.arange(256, dtype=np.int16)
    octets, before = bytes(range(160)), time.thread_time()
    for _ in range(1000):
        for _ in range(50):
            table[np.frombuffer(octets, np.uint8)].tobytes()
        (rows.sum(0) - rows).clip(-32768, 32767).astype(np.int16).tobytes()
    return time.thread_time() - before


def spent_s(pid: int) -> float:
    """The processor's time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[tuple[Signalling, int]]:
    async with started_worker(tmp_path) as process:
        pbx = await connected(tmp_path)
        yield pbx, process.pid
        await pbx.link.close()


async def seat(pbx: Signalling, number: int) -> Party:
    leg, party = LegId(f"party-{number}"), Party(number + 1)
    pbx.send(OpenLeg(leg=leg, call=CALL))
    opened = await pbx.expect(LegOpened, number + 1)
    party.to = (opened.host, opened.port)
    pbx.send(ConnectLeg(leg=leg, host="127.0.0.1", port=party.port, format=MU, direction="sendrecv"))
    pbx.send(JoinRoom(leg=leg, room="town"))
    return party


async def talk(parties: list[Party], seconds: float) -> int:
    """Everybody sends each 20 ms, most of them the noise of a line; return how many packets came back."""
    random = np.random.default_rng(4)
    loud, soft = (random.integers(0, 255, 160, np.uint8).tobytes() for _ in range(2))
    soft = bytes(0xF0 | octet & 0x0F for octet in soft)
    n_heard, start = 0, time.monotonic()
    for frame in range(int(seconds * 50)):
        for number, party in enumerate(parties):
            party.send(loud if number < N_TALKING else soft)
            while not party.is_quiet():
                n_heard += 1
        await asyncio.sleep(max(start + (frame + 1) * 0.02 - time.monotonic(), 0))
    return n_heard


@pytest.mark.requirement("CNF-03")
async def test_fifty_parties_take_a_quarter_of_a_core(worker: tuple[Signalling, int]) -> None:
    pbx, pid = worker
    parties = [await seat(pbx, number) for number in range(N_PARTIES)]
    await pbx.settle()
    await talk(parties, 0.5)
    pace = loop_s()
    before, begun = spent_s(pid), time.monotonic()
    n_heard = await talk(parties, SECONDS)
    share = (spent_s(pid) - before) / (time.monotonic() - begun)
    pace = (pace + loop_s()) / 2 / LOOP_S
    print(f"{share:.3f} of a core, the loop takes {pace:.2f} of its time: {share / pace:.3f}")
    assert n_heard > 0.9 * N_PARTIES * SECONDS * 50
    assert share / pace < MAX_SHARE
    for party in parties:
        party.socket.close()
