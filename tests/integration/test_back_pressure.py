"""Signalling stands still while its workers go on: nothing that matters is lost, nothing grows with time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.errors import TransportError
from pbx.core.ids import LegId
from pbx.core.io.channel import Channel, connect, serve
from pbx.core.secret import Secret
from pbx.core.wire import Codec
from pbx.media.effects import CloseLeg, ConnectLeg, MediaEffect, OpenLeg
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegOpened,
    LegStats,
    QualityReport,
    StreamQuality,
    WorkerEvent,
)
from pbx.media.io.deliveries import MAX_OWED, Deliveries
from pbx.media.io.link import MediaLink
from tests.integration.media_parties import CALL, MU, PATIENCE_S, Party, started_worker

EFFECTS, EVENTS = Codec[MediaEffect](MediaEffect), Codec[WorkerEvent](WorkerEvent)
N_LEGS, N_ROUNDS, DIGIT_EVERY = 20, 2000, 100
KEYS = "0123456789*#ABCD" * 3
N_ORDERS = 3 * MAX_OWED
MAX_GROWTH_KB = 16 << 10  # 4,000 answers and what the connection holds
Signalling = Channel[WorkerEvent, MediaEffect]


def report(leg: LegId, n: int) -> QualityReport:
    heard = StreamQuality(loss=0.0, jitter_ms=float(n), round_trip_ms=None, r=93.0, mos=4.4)
    return QualityReport(leg=leg, heard=heard, sent=None)


async def until_closed(channel: Signalling, last: LegId) -> list[WorkerEvent]:
    """Read until this leg has ended."""
    events: list[WorkerEvent] = []
    async with asyncio.timeout(60):
        while (event := await channel.receive()) is not None:
            events.append(event)
            if isinstance(event, LegClosed) and event.leg == last:
                return events
    raise AssertionError(f"the channel was closed after {len(events)} facts")


@asynccontextmanager
async def delivering(path: Path) -> AsyncIterator[tuple[Deliveries, Signalling]]:
    """A worker's end and one of signalling that reads only when told to."""
    deliveries, attached = Deliveries(), asyncio.Event()

    async def accept(channel: Channel[MediaEffect, WorkerEvent]) -> None:
        deliveries.flow.attach(channel)
        attached.set()
        await channel.receive()

    server = await serve(path, (EFFECTS, EVENTS), accept)
    channel = await connect(path, EVENTS, EFFECTS)
    await attached.wait()
    yield deliveries, channel
    channel.close()
    server.close()


async def test_reports_that_nobody_reads_are_bounded_by_the_legs(tmp_path: Path) -> None:
    legs = [LegId(f"leg-{n}") for n in range(N_LEGS)]
    async with delivering(tmp_path / "s") as (deliveries, channel):
        pressed = 0
        for n in range(N_ROUNDS):
            for leg in legs:
                deliveries.put(report(leg, n))
            if n % DIGIT_EVERY == 0:
                pressed += 1
                for leg in legs:
                    deliveries.put(DigitReceived(leg=leg, digit=Secret(KEYS[pressed]), duration_ms=100))
            await asyncio.sleep(0)
        assert N_LEGS < deliveries.n_waiting <= N_LEGS * (pressed + 1)
        for leg in legs:
            deliveries.put(LegClosed(leg=leg, stats=LegStats()))
        events = await until_closed(channel, legs[-1])
    for leg in legs:
        of_leg = [event for event in events if getattr(event, "leg", "") == leg]
        digits = [event.digit.reveal() for event in of_leg if isinstance(event, DigitReceived)]
        assert digits == list(KEYS[1 : pressed + 1])
        told = [event.heard.jitter_ms for event in of_leg if isinstance(event, QualityReport)]
        assert told == sorted(told)
        assert len(told) < N_ROUNDS
        assert isinstance(of_leg[-1], LegClosed)


async def test_the_newest_report_is_told_once_there_is_room(tmp_path: Path) -> None:
    async with delivering(tmp_path / "s") as (deliveries, channel):
        for n in range(20_000):
            deliveries.put(report(LegId("a"), n))
            if not n % 1000:
                await asyncio.sleep(0)
        assert deliveries.n_waiting == 1
        async with asyncio.timeout(PATIENCE_S):
            while not (
                isinstance(event := await channel.receive(), QualityReport)
                and event.heard.jitter_ms == 19_999
            ):
                assert event is not None


def resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


async def opened(channel: Signalling, party: Party, leg: LegId) -> None:
    channel.send(OpenLeg(leg=leg, call=CALL))
    event = await channel.receive()
    assert isinstance(event, LegOpened)
    party.to = (event.host, event.port)
    channel.send(ConnectLeg(leg=leg, host="127.0.0.1", port=party.port, format=MU, direction="sendrecv"))
    channel.send(CloseLeg(leg=LegId("probe")))
    assert isinstance(await channel.receive(), LegClosed)


async def test_no_key_is_lost_while_signalling_reads_nothing(tmp_path: Path) -> None:
    """12,000 answers are owed meanwhile: the worker stops taking orders, keeps its channel and every key."""
    party, leg = Party(0xAAAA), LegId("a")
    async with started_worker(tmp_path) as process:
        channel = await ready(tmp_path / "media.sock")
        await opened(channel, party, leg)
        before = resident_kb(process.pid)
        probe = CloseLeg(leg=LegId("nobody" * 40))

        async def order() -> None:
            for n in range(N_ORDERS):
                channel.send(probe)
                if not n % 500:
                    await channel.drain()

        ordering = asyncio.ensure_future(order())
        for key in KEYS:
            party.press(key)
            await asyncio.sleep(0.01)
        await stands_still(channel)
        assert not ordering.done()  # the worker takes no more orders than it can answer
        assert resident_kb(process.pid) - before < MAX_GROWTH_KB
        events: list[WorkerEvent] = []
        async with asyncio.timeout(60):
            while sum(isinstance(event, LegClosed) for event in events) < N_ORDERS:
                event = await channel.receive()
                assert event is not None, f"the channel was closed after {len(events)} facts"
                events.append(event)
        await ordering
        assert "".join(e.digit.reveal() for e in events if isinstance(e, DigitReceived)) == KEYS
        channel.close()
    party.socket.close()


async def ready(path: Path) -> Signalling:
    """Connect without anybody who reads; StreamReader takes 128 KiB and then stops."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await connect(path, EVENTS, EFFECTS)
            except TransportError:
                await asyncio.sleep(0.02)


async def stands_still(channel: Signalling) -> None:
    """Return once the worker takes no more orders: what we have queued does not shrink."""
    async with asyncio.timeout(30):
        queued = -1
        while channel.n_queued != queued or not queued:
            queued = channel.n_queued
            await asyncio.sleep(0.5)


async def test_a_worker_that_takes_no_orders_is_given_up(tmp_path: Path) -> None:
    release, lost = asyncio.Event(), asyncio.Event()

    async def sleep(_channel: Channel[MediaEffect, WorkerEvent]) -> None:
        await release.wait()

    server = await serve(tmp_path / "s", (EFFECTS, EVENTS), sleep)
    link = MediaLink(tmp_path / "s", lambda _: None, lost.set)
    await link.connect()
    order = CloseLeg(leg=LegId("x" * 1000))
    n_sent = 0
    with pytest.raises(TransportError):
        while True:
            link.send(order)
            n_sent += 1
            await asyncio.sleep(0)
    await asyncio.wait_for(lost.wait(), PATIENCE_S)  # its legs are opened elsewhere
    assert n_sent > 4000
    release.set()
    server.close()


async def test_a_reader_that_never_reads_again_does_not_hold_up_the_next_one(tmp_path: Path) -> None:
    async with delivering(tmp_path / "s") as (deliveries, _stuck):
        leg = LegId("a")
        for _ in range(10):
            for n in range(MAX_OWED):
                deliveries.put(LegClosed(leg=LegId(f"{n}"), stats=LegStats()))
            await asyncio.sleep(0)
        assert deliveries.is_owing
        attached = deliveries.n_waiting
        channel = await connect(tmp_path / "s", EVENTS, EFFECTS)
        deliveries.put(LegClosed(leg=leg, stats=LegStats()))
        events = await until_closed(channel, leg)
        assert len(events) == attached + 1
        channel.close()
