"""The spare media worker: loaded beforehand, it takes the place of a dead one at once."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.child_process import ChildProcess
from pbx.children import SPARES, Child
from pbx.config.places import Places
from pbx.core.ids import CallId, LegId
from pbx.media.effects import OpenLeg
from pbx.media.events import LegOpened
from pbx.spare_worker import Spares, SpareWorker
from tests.integration.media_parties import Signalling

SPARE = SPARES[0]
LOADS_S = 60.0  # two seconds of a core, behind everybody else
SERVES_S = 1.0  # 15 ms were measured


def worker(places: Places, number: int = 0) -> Child:
    """One that has just died."""
    path, first = places.media_socket(number), 12800 + 100 * number
    arguments = ("--socket", str(path), "--spool", str(places.spool), "--ports", f"{first}-{first + 99}")
    return Child(
        name=f"media-{number}",
        argv=("pbx.media.io.worker", *arguments),
        socket=path,
        says_ready=True,
        has_spare=True,
        ends_at=signal.SIGINT,
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path)
    made.make()
    return made


async def taken(spare: SpareWorker | Spares, child: Child) -> ChildProcess:
    """Return the spare as the child, once one is loaded."""
    async with asyncio.timeout(LOADS_S):
        while (process := spare.take(child)) is None:  # noqa: ASYNC110 - as it is when a worker dies
            await asyncio.sleep(0.05)
    return process


async def started(places: Places) -> int:
    """Return the pid of the spare that is being loaded, or is."""
    file = places.pid(SPARE.name)
    async with asyncio.timeout(LOADS_S):
        while not (file.exists() and file.read_text()):  # noqa: ASYNC110 - as it is when a worker dies
            await asyncio.sleep(0.01)
    return int(file.read_text())


def niceness(pid: int) -> set[int]:
    """Of each thread of a process."""
    return {os.getpriority(os.PRIO_PROCESS, int(task)) for task in os.listdir(f"/proc/{pid}/task")}


@asynccontextmanager
async def kept(places: Places, said: list[str]) -> AsyncIterator[SpareWorker]:
    spare = SpareWorker(SPARE, places, said.append)
    async with asyncio.TaskGroup() as group:
        group.create_task(spare.keep())
        try:
            yield spare
        finally:
            await spare.end()


@pytest.mark.requirement("MED-16")
async def test_a_spare_takes_a_place_at_once_and_another_one_is_loaded(places: Places) -> None:
    said: list[str] = []
    child = worker(places)
    async with kept(places, said) as spare:
        assert spare.take(child) is None  # it is not loaded yet
        process = await taken(spare, child)
        assert niceness(process.pid) == {os.getpriority(os.PRIO_PROCESS, 0)}  # whatever loaded it was nicer
        ready = asyncio.Event()
        life = asyncio.create_task(process.attend(ready))
        await asyncio.wait_for(ready.wait(), SERVES_S)
        signalling = Signalling(places.media_socket(0))
        await signalling.link.connect()
        signalling.send(OpenLeg(leg=LegId("a"), call=CallId("c")))
        assert 12800 <= (await signalling.expect(LegOpened)).port <= 12899
        await signalling.link.close()
        await process.end()
        assert await life == 0
        log = (places.logs / "media-0.log").read_text()  # the next one may say the same before it ends
        assert log.count("media worker listens, ports 12800-12899") == 1
        assert "media worker ended" in log
        again = await taken(spare, child)
        assert again.pid != process.pid
        await again.end()
    assert said == []
    assert "listens" not in (places.logs / "media-spare.log").read_text()


@pytest.mark.requirement("MED-16")
async def test_two_that_die_at_once_are_replaced_at_once(places: Places) -> None:
    said: list[str] = []
    spares, first, second = Spares(places, said.append), worker(places), worker(places, 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(spares.keep())
        both: list[ChildProcess] = []
        try:
            async with asyncio.timeout(LOADS_S):
                for one in SPARES:  # so that none is taken while the other one loads
                    log = places.logs / f"{one.name}.log"
                    while not (log.exists() and "waits" in log.read_text()):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
            both = [await taken(spares, first), await taken(spares, second)]
            ready = [asyncio.Event() for _ in both]
            lives = [group.create_task(one.attend(event)) for one, event in zip(both, ready, strict=True)]
            async with asyncio.timeout(SERVES_S):
                await asyncio.gather(*(event.wait() for event in ready))
            assert spares.take(first) is None  # the third would have to wait
        finally:
            await spares.end()
            await asyncio.gather(*(one.end() for one in both))
    assert [life.result() for life in lives] == [0, 0]
    assert said == []


async def test_a_spare_that_dies_is_replaced(places: Places) -> None:
    said: list[str] = []
    child = worker(places)
    async with kept(places, said) as spare:
        first = await started(places)
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(LOADS_S):
            while not said:  # noqa: ASYNC110 - the death of a process
                await asyncio.sleep(0.05)
        process = await taken(spare, child)
        assert process.pid != first
        await process.end()
    assert said == [f"media-spare ended, see {places.logs}/media-spare.log"]


async def test_the_end_waits_for_nothing(places: Places) -> None:
    said: list[str] = []
    async with kept(places, said):
        await started(places)
        begin = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begin < SERVES_S
    assert said == []
