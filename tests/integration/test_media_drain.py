"""One media worker is told to end: it keeps its calls, then lets them move, and is replaced meanwhile."""

import asyncio
import signal
from pathlib import Path

import pytest

from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.media.events import LegClosed, LegFailed, LegOpened, LegsMustMove, WorkerDrains
from pbx.media.refusals import Refusal
from tests.integration.media_parties import (
    PATIENCE_S,
    A,
    B,
    Party,
    Signalling,
    bridged,
    connected,
    frame,
    started_worker,
)

NEW = CallId("call-2")


async def talks(parties: tuple[Party, Party], n: int) -> None:
    parties[0].send(frame(n))
    assert (await parties[1].receive())[1] == frame(n)


async def draining(
    process: asyncio.subprocess.Process, folder: Path, parties: tuple[Party, Party]
) -> Signalling:
    """Return the connection of a worker that has been told to end under a conversation."""
    pbx = await connected(folder)
    await bridged(pbx, parties)
    process.send_signal(signal.SIGTERM)
    await pbx.expect(WorkerDrains)
    return pbx


@pytest.mark.requirement("MED-16")
async def test_it_keeps_its_calls_and_ends_with_them(parties: tuple[Party, Party], tmp_path: Path) -> None:
    async with started_worker(tmp_path, "--drain", "60") as process:
        pbx = await draining(process, tmp_path, parties)
        pbx.send(OpenLeg(leg=LegId("new"), call=NEW))
        assert await pbx.expect(LegFailed) == LegFailed(leg=LegId("new"), reason=Refusal.DRAINING)
        process.send_signal(signal.SIGTERM)  # said twice, it means the same
        await talks(parties, 1)
        pbx.send(CloseLeg(leg=A), CloseLeg(leg=B))
        await asyncio.wait_for(pbx.lost.wait(), PATIENCE_S)
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
        assert LegsMustMove() not in pbx.events


@pytest.mark.requirement("MED-16")
async def test_another_one_has_its_socket_and_its_ports_meanwhile(
    parties: tuple[Party, Party], tmp_path: Path
) -> None:
    """The range has three pairs, two of which the first one holds: the second one finds them in use."""
    ports = ("--ports", "12500-12505", "--drain", "60")
    async with started_worker(tmp_path, *ports) as process:
        old = await draining(process, tmp_path, parties)
        async with started_worker(tmp_path, *ports):
            new = await connected(tmp_path)
            new.send(OpenLeg(leg=LegId("new"), call=NEW), OpenLeg(leg=LegId("more"), call=NEW))
            assert (await new.expect(LegOpened)).leg == "new"
            assert await new.expect(LegFailed) == LegFailed(leg=LegId("more"), reason=Refusal.NO_PORT)
            await talks(parties, 1)
            old.send(CloseLeg(leg=A), CloseLeg(leg=B))
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
            new.send(OpenLeg(leg=LegId("more"), call=NEW))
            await new.expect(LegOpened, 2)
            await new.link.close()
            await (await connected(tmp_path)).link.close()  # its socket has not gone with the first one


@pytest.mark.requirement("MED-16")
async def test_calls_that_last_must_move_and_go_on_until_they_have(
    parties: tuple[Party, Party], tmp_path: Path
) -> None:
    async with started_worker(tmp_path, "--drain", "0.3") as process:
        pbx = await draining(process, tmp_path, parties)
        assert LegsMustMove() not in pbx.events
        await pbx.expect(LegsMustMove)
        await talks(parties, 1)
        assert not [event for event in pbx.events if isinstance(event, LegClosed) and event.leg in (A, B)]
        pbx.send(CloseLeg(leg=A), CloseLeg(leg=B))
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


async def test_who_does_not_move_is_closed_at_last(parties: tuple[Party, Party], tmp_path: Path) -> None:
    async with started_worker(tmp_path, "--drain", "0") as process:
        pbx = await draining(process, tmp_path, parties)
        await pbx.expect(LegsMustMove)
        await asyncio.wait_for(pbx.lost.wait(), PATIENCE_S)
        assert {A, B} <= {event.leg for event in pbx.events if isinstance(event, LegClosed)}
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


async def test_an_order_to_end_ends_a_drain(parties: tuple[Party, Party], tmp_path: Path) -> None:
    async with started_worker(tmp_path, "--drain", "60") as process:
        pbx = await draining(process, tmp_path, parties)
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(pbx.lost.wait(), PATIENCE_S)
        assert {A, B} <= {event.leg for event in pbx.events if isinstance(event, LegClosed)}
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0  # a second order would kill it
