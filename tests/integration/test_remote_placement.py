"""Workers here and on another machine as one set: who gets which call, and what a break means for it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.ids import CallId, LegId
from pbx.core.io.entropy import SystemIds
from pbx.core.io.tls_channel import client_context
from pbx.media.effects import OpenLeg
from pbx.media.events import LegOpened, MediaEvent
from pbx.media.io.remote_link import RemoteWorker
from pbx.runner.media import MediaWorkers, Owner
from pbx.runner.worker_places import WorkerPlaces
from tests.integration.breakable import Way
from tests.integration.media_parties import PATIENCE_S, started_worker
from tests.integration.remote_machine import NAME, RTP_HOST, Machine, until

HERE = "127.0.0.1"
REMOTE = 1


class Site:
    """A PBX with one worker here and one far away; calls named `kept...` may be recorded."""

    def __init__(self, folder: Path, machine: Machine, way: Way) -> None:
        worker = RemoteWorker(
            address=Address("127.0.0.1", way.port), name=NAME, tls=client_context(machine.ours), relink_s=20.0
        )
        self.lost: list[LegId] = []
        self._events: asyncio.Queue[MediaEvent] = asyncio.Queue()
        owner = Owner(
            deliver=self._events.put_nowait,
            lost=self.lost.append,
            may_record=lambda call: call.startswith("kept"),
            is_urgent=lambda _: False,
            note=lambda _: None,
        )
        places = WorkerPlaces(local=(folder / "media.sock",), remote=(worker,))
        self.workers = MediaWorkers(places, owner, SystemIds())
        self.far = f"remote 127.0.0.1:{way.port}"

    @property
    def is_far_up(self) -> bool:
        return self.workers.states()[self.far].connected

    async def open(self, name: str) -> LegOpened:
        """Open a leg for a call of its own and return where it is."""
        self.workers.send(OpenLeg(leg=LegId(name), call=CallId(name)))
        event = await asyncio.wait_for(self._events.get(), PATIENCE_S)
        assert isinstance(event, LegOpened)
        return event


@asynccontextmanager
async def site(tmp_path: Path) -> AsyncIterator[tuple[Site, Machine, Way]]:
    machine = Machine(tmp_path)
    async with started_worker(tmp_path):
        await machine.start()
        async with Way(machine.port).serving() as way:
            pbx = Site(tmp_path, machine, way)
            running = asyncio.create_task(pbx.workers.run())
            await asyncio.wait_for(pbx.workers.wait_up(), PATIENCE_S)
            await until(lambda: pbx.is_far_up)
            yield pbx, machine, way
            await pbx.workers.close()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        await machine.stop()


async def test_only_calls_that_are_never_recorded_leave_this_machine(tmp_path: Path) -> None:
    async with site(tmp_path) as (pbx, _, _):
        kept = [await pbx.open(f"kept-{n}") for n in range(4)]
        assert {(leg.host, leg.worker) for leg in kept} == {(HERE, 0)}
        free = [await pbx.open(f"free-{n}") for n in range(4)]
        assert {(leg.host, leg.worker) for leg in free} == {(RTP_HOST, REMOTE)}  # the least loaded
        states = pbx.workers.states()
        assert str(states[pbx.far]) == "remote, connected, 4 legs"
        assert str(states["media"]) == "local, connected, 4 legs"


async def test_a_broken_way_costs_no_call_and_gets_no_new_one(tmp_path: Path) -> None:
    async with site(tmp_path) as (pbx, _, way):
        assert (await pbx.open("free-1")).worker == 0
        assert (await pbx.open("free-2")).worker == REMOTE
        way.cut()
        await until(lambda: not pbx.is_far_up)
        assert str(pbx.workers.states()[pbx.far]) == "remote, not connected, 1 legs"
        assert [(await pbx.open(f"free-{n}")).worker for n in (3, 4, 5)] == [0, 0, 0]
        way.mend()
        await until(lambda: pbx.is_far_up)
        assert (await pbx.open("free-6")).worker == REMOTE
        assert pbx.lost == []


@pytest.mark.requirement("F-02")
async def test_the_legs_of_a_far_worker_that_was_replaced_are_lost(tmp_path: Path) -> None:
    async with site(tmp_path) as (pbx, machine, _):
        await pbx.open("free-1")
        assert (await pbx.open("free-2")).worker == REMOTE
        await machine.stop(signal.SIGKILL)
        await machine.start()
        await until(lambda: pbx.lost == ["free-2"])
        await until(lambda: pbx.is_far_up)
        assert (await pbx.open("free-3")).host == RTP_HOST
