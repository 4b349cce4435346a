"""A media worker that does not keep up gets no new calls, and gets them again when it does."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.core.io.channel import Channel, serve
from pbx.core.io.entropy import SystemIds
from pbx.core.wire import Codec
from pbx.media.effects import CloseLeg, MediaEffect, OpenLeg
from pbx.media.events import LegClosed, LegFailed, LegOpened, LegStats, MediaEvent, WorkerEvent, WorkerPace
from pbx.media.overload import CALM_REPORTS, LATE_REPORTS, MAX_LATE_MS
from pbx.media.refusals import Refusal
from pbx.runner.media import MediaWorkers, Owner
from pbx.runner.worker_places import WorkerPlaces
from tests.integration.media_parties import PATIENCE_S, started_worker

HELP = "help"
LATE, CALM = WorkerPace(late_ms=MAX_LATE_MS + 1), WorkerPace(late_ms=0.0)


@dataclass
class Site:
    """The workers, and what is told of them."""

    workers: MediaWorkers
    events: "asyncio.Queue[MediaEvent]"
    facts: "asyncio.Queue[AuditFact]"
    lost: "asyncio.Queue[LegId]"

    async def open(self, name: str) -> MediaEvent:
        """Open a leg of a call of its own and return what comes of it."""
        self.workers.send(OpenLeg(leg=LegId(name), call=CallId(name)))
        return await asyncio.wait_for(self.events.get(), PATIENCE_S)

    async def fact(self, patience_s: float = PATIENCE_S) -> AuditFact:
        return await asyncio.wait_for(self.facts.get(), patience_s)


@asynccontextmanager
async def site(*sockets: Path) -> AsyncIterator[Site]:
    events: asyncio.Queue[MediaEvent] = asyncio.Queue()
    facts: asyncio.Queue[AuditFact] = asyncio.Queue()
    lost: asyncio.Queue[LegId] = asyncio.Queue()

    def again(leg: LegId) -> None:
        """Do as a call does whose worker has died."""
        lost.put_nowait(leg)
        workers.send(OpenLeg(leg=leg, call=CallId(leg)))

    owner = Owner(
        deliver=events.put_nowait,
        lost=again,
        may_record=lambda _: True,
        is_urgent=lambda call: call.startswith(HELP),
        note=facts.put_nowait,
    )
    workers = MediaWorkers(WorkerPlaces(local=sockets), owner, SystemIds())
    running = asyncio.create_task(workers.run())
    await asyncio.wait_for(workers.wait_up(), PATIENCE_S)
    yield Site(workers, events, facts, lost)
    await workers.close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


class Peer:
    """The far end of a control socket, which says how late it is when the test wants it to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._channel: asyncio.Future[Channel[MediaEffect, WorkerEvent]] = asyncio.Future()

    @asynccontextmanager
    async def serving(self, socket: Path) -> AsyncIterator[None]:
        codecs = Codec[MediaEffect](MediaEffect), Codec[WorkerEvent](WorkerEvent)
        server = await serve(socket, codecs, self._serve)
        yield
        server.close()

    async def says(self, *events: WorkerEvent) -> None:
        channel = await self._channel
        for event in events:
            channel.send(event)

    async def hangs_up(self) -> None:
        (await self._channel).close()

    async def _serve(self, channel: Channel[MediaEffect, WorkerEvent]) -> None:
        self._channel.set_result(channel)
        while (order := await channel.receive()) is not None:
            match order:
                case OpenLeg():
                    channel.send(LegOpened(leg=order.leg, host="127.0.0.1", port=self._port))
                case CloseLeg():
                    channel.send(LegClosed(leg=order.leg, stats=LegStats()))


@pytest.mark.requirement("MED-16")
async def test_calls_go_where_there_is_time_and_are_refused_where_there_is_none(tmp_path: Path) -> None:
    sockets = (tmp_path / "media-0.sock", tmp_path / "media-1.sock")
    first, second = Peer(10_000), Peer(10_002)
    async with first.serving(sockets[0]), second.serving(sockets[1]), site(*sockets) as pbx:
        opened = await pbx.open("a")
        assert isinstance(opened, LegOpened)
        late, other = (first, second) if opened.worker == 0 else (second, first)
        await late.says(*[LATE] * LATE_REPORTS)
        fact = await pbx.fact()
        name = str(fact.details["worker"])
        assert (fact.kind, fact.details["late_ms"], fact.details["legs"]) == ("media.overloaded", 61, 1)
        assert pbx.workers.states()[name].overloaded and pbx.workers.states()[name].late_ms == 60.0
        for n in range(3):
            moved = await pbx.open(f"b{n}")
            assert isinstance(moved, LegOpened) and moved.worker != opened.worker
        await other.says(*[LATE] * LATE_REPORTS)
        assert (await pbx.fact()).details["legs"] == 3
        refused = await pbx.open("c")  # at once, and not after a wait for a worker
        assert refused == LegFailed(leg=LegId("c"), reason=Refusal.OVERLOADED)
        helped = await pbx.open(f"{HELP}-1")
        assert isinstance(helped, LegOpened) and helped.worker == opened.worker
        await other.says(*[CALM] * CALM_REPORTS)
        assert (await pbx.fact()).kind == "media.eased"
        assert pbx.lost.empty()


@pytest.mark.requirement("MED-16")
async def test_a_leg_waits_for_a_worker_that_is_being_replaced(tmp_path: Path) -> None:
    """All that are there are late: one that comes is not."""
    sockets = (tmp_path / "media-0.sock", tmp_path / "media-1.sock")
    first, second, third = Peer(10_000), Peer(10_002), Peer(10_004)
    async with first.serving(sockets[0]), second.serving(sockets[1]), site(*sockets) as pbx:
        await first.says(*[LATE] * LATE_REPORTS)
        await pbx.fact()
        assert isinstance(await pbx.open("b"), LegOpened)
        sockets[1].unlink()
        await second.hangs_up()
        assert await asyncio.wait_for(pbx.lost.get(), PATIENCE_S) == "b"
        async with third.serving(sockets[1]):
            opened = await asyncio.wait_for(pbx.events.get(), PATIENCE_S)
        assert isinstance(opened, LegOpened) and (opened.leg, opened.port) == ("b", 10_004)


async def starve(pid: int) -> None:
    """Let a process run for a ninth of the time only, for ever."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.16)
        os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(0.02)


@pytest.mark.proof
@pytest.mark.requirement("MED-16")
async def test_a_starved_worker_shuts_its_door_and_opens_it(tmp_path: Path) -> None:
    """A real one: it gets a ninth of a core, and then as much as it wants."""
    async with started_worker(tmp_path) as process, site(tmp_path / "media.sock") as pbx:
        assert isinstance(await pbx.open("a"), LegOpened)
        os.kill(process.pid, signal.SIGSTOP)  # once, for two seconds
        await asyncio.sleep(2.0)
        os.kill(process.pid, signal.SIGCONT)
        await asyncio.sleep(4.0)
        assert pbx.facts.empty()
        assert isinstance(await pbx.open("b"), LegOpened)
        loop = asyncio.get_running_loop()
        began, starving = loop.time(), asyncio.create_task(starve(process.pid))
        shut = await pbx.fact(30.0)
        shut_s = loop.time() - began
        assert await pbx.open("c") == LegFailed(leg=LegId("c"), reason=Refusal.OVERLOADED)
        assert isinstance(await pbx.open(HELP), LegOpened)
        starving.cancel()
        os.kill(process.pid, signal.SIGCONT)
        began = loop.time()
        eased = await pbx.fact(30.0)
        print(f"shut after {shut_s:.1f} s {shut.details}, open after {loop.time() - began:.1f} s")
        assert (shut.kind, eased.kind) == ("media.overloaded", "media.eased")
