"""A hundred random kills of media worker, finaliser and PBX in the middle of calls, and what they cost.

`make kills KILLS=20 SEED=7` runs fewer of them at other moments. The table, which docs/performance.md has, is
printed after each. Lost is what came between the last write to a journal and the blow.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.recording.effects import FinishedRecording
from tests.e2e import crowd
from tests.e2e import fault_helpers as helpers
from tests.e2e.losses import VICTIMS, Losses
from tests.e2e.running import RunningPbx, free_port, running

N_CALLS = 5
CONNECTED = "media worker 0 is connected"
FINALISER_LATE_S = (0.0, 1.5)  # behind the end of the calls: while it works on them
SETTLED_S = 120.0
MAX_ATTEMPTS = 5


def test_the_table_of_losses() -> None:
    losses = Losses()
    losses.add("finaliser", [0.0, 0.0], n_objects=2, n_rows=2)
    losses.add("PBX", [0.1, 0.15, 0.2], n_objects=3, n_rows=3)
    assert str(losses).splitlines()[2:] == [
        "| media worker | 0 | 0 | 0 | 0 | 0 | 0 | 0 |",
        "| finaliser | 1 | 2 | 0 | 0 | 0 | 2 | 2 |",
        "| PBX | 1 | 3 | 150 | 150 | 200 | 3 | 3 |",
    ]
    assert (losses.n_kills, losses.most_ms) == (2, 200.0)


@pytest.mark.soak
@pytest.mark.requirement("R-09")
@pytest.mark.requirement("R-12")
async def test_a_hundred_random_kills(tmp_path: Path) -> None:
    n_kills, seed = int(os.environ.get("KILLS", "100")), int(os.environ.get("SEED", "1"))
    moments, losses = random.Random(seed), Losses()
    print(f"seed {seed}")
    helpers.configure(tmp_path)
    while losses.n_kills < n_kills:
        async with running(tmp_path, free_port()) as pbx:
            blow = await _until_the_pbx_dies(pbx, moments, losses, n_kills)
        if blow is not None:
            async with running(tmp_path, free_port()) as pbx:
                await _count("PBX", pbx, blow, losses)
    assert losses.most_ms <= 1000 * crowd.MAX_LOST_S


async def _until_the_pbx_dies(
    pbx: RunningPbx, moments: random.Random, losses: Losses, n_kills: int
) -> helpers.Blow | None:
    """Kill at random; return the blow that was for the PBX, None when there were enough without it."""
    while losses.n_kills < n_kills:
        match moments.choice(VICTIMS):
            case "finaliser":
                await _kill_finaliser(pbx, moments, losses)
            case "media worker":
                await _kill_media_worker(pbx, moments, losses)
            case _:
                async with _crowd(pbx, moments):
                    return await helpers.kill_all(pbx)
    return None


@asynccontextmanager
async def _crowd(pbx: RunningPbx, moments: random.Random) -> AsyncIterator[None]:
    """Calls of every age. On a machine that is too busy for the test's own phones it is gathered again."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        async with helpers.phones(pbx, N_CALLS) as (caller, agent):
            try:
                await crowd.gather(caller, agent, crowd.ages(moments, N_CALLS))
            except (AssertionError, TimeoutError) as error:
                print(f"the crowd was not there: {error!r}", flush=True)
                if attempt == MAX_ATTEMPTS:
                    raise
                continue
            yield
            return


async def _kill_media_worker(pbx: RunningPbx, moments: random.Random, losses: Losses) -> None:
    log = pbx.places.logs / "signalling.log"
    async with _crowd(pbx, moments):
        n_connected = log.read_text().count(CONNECTED)
        blow = await helpers.kill_child(pbx, "media-0")
        await helpers.media_connected(pbx, n_connected + 1)
    await _count("media worker", pbx, blow, losses)


async def _kill_finaliser(pbx: RunningPbx, moments: random.Random, losses: Losses) -> None:
    """Its journals have their end: none of them may lose anything."""
    before = await helpers.left(pbx)
    async with _crowd(pbx, moments):
        pass
    await asyncio.sleep(moments.uniform(*FINALISER_LATE_S))
    await helpers.kill_child(pbx, "finaliser")
    left = await helpers.settled(pbx, len(before.recordings), SETTLED_S)
    left.assert_whole(len(left.recordings))
    left.assert_one_per_call()
    rows = [row for row in left.recordings if row not in before.recordings]
    assert not any(map(helpers.is_recovered, rows))
    for row in rows:
        await helpers.wav_of(pbx, row)
    assert len({row.call for row in rows}) == len(rows) >= N_CALLS - 1
    _told(losses, "finaliser", [0.0] * len(rows), rows)


async def _count(victim: str, pbx: RunningPbx, blow: helpers.Blow, losses: Losses) -> None:
    """Each call of the blow has one recording, with one row and one object, and lacks 270 ms at most."""
    left = await helpers.settled(pbx, len(blow.journals), SETTLED_S)
    left.assert_whole(len(left.recordings))
    left.assert_one_per_call()
    rows = [row for row in left.recordings if row.recording in blow.journals]
    assert sorted(row.recording for row in rows) == sorted(blow.journals)
    assert len({row.call for row in rows}) == len(rows)
    for row in rows:
        await crowd.check_end(pbx, row, blow)
    _told(losses, victim, [blow.written_s[row.recording] for row in rows], rows)


def _told(losses: Losses, victim: str, lost_s: list[float], rows: list[FinishedRecording]) -> None:
    n_objects = len({row.object_key for row in rows})
    losses.add(victim, lost_s, n_objects=n_objects, n_rows=len(rows))
    print(f"after {losses.n_kills} kills:\n{losses}", flush=True)
