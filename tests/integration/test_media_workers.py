"""Signalling's view of its media workers: a call moves from one that ends to its successor."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.ids import LegId, RecordingId
from pbx.core.io.entropy import SystemIds
from pbx.media.effects import BridgeLegs, CloseLeg, ConnectLeg, OpenLeg, SetGate, StartRecording
from pbx.media.events import LegClosed, LegOpened, MediaEvent, RecordingFailed, RecordingStarted
from pbx.recording.watermarks import Watermarks
from pbx.runner.media import MediaWorkers, Owner
from pbx.runner.worker_places import WorkerPlaces
from tests.integration.media_parties import (
    CALL,
    MU,
    PATIENCE_S,
    A,
    B,
    Party,
    frame,
    started_worker,
    two_parties,
)

LAST = LegId("last")
SOON_S = 2.0  # less than a worker waits for those who do not move


class Signalling:
    """What a call does about its legs, and nothing else."""

    def __init__(self, socket: Path, parties: dict[LegId, Party]) -> None:
        self.spool = Watermarks()
        owner = Owner(
            deliver=self._heard,
            lost=self._lose,
            may_record=lambda _: True,
            is_urgent=lambda _: False,
            note=lambda _: None,
            no_room=self.spool.refusal,
        )
        self.workers = MediaWorkers(WorkerPlaces(local=(socket,)), owner, SystemIds())
        self.events: list[MediaEvent] = []
        self.lost: list[LegId] = []
        self.opened: dict[LegId, LegOpened] = {}
        self._parties = parties
        self._news = asyncio.Event()

    def open(self, leg: LegId) -> None:
        self.workers.send(OpenLeg(leg=leg, call=CALL))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once what is waited for has been heard."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await self._news.wait()
                self._news.clear()

    async def until_bridged(self) -> None:
        """Return when both legs have ports and hear each other: orders are carried out in turn."""
        await self.until(lambda: LAST in self.opened)
        del self.opened[LAST]
        n_before = self._n_ended
        self.workers.send(CloseLeg(leg=LAST))
        await self.until(lambda: self._n_ended > n_before)  # a worker that ends must not find it

    async def until_lost(self) -> None:
        await self.until(lambda: len(self.lost) == len(self._parties))

    async def record(self, name: str) -> MediaEvent:
        """Order a recording and return what came of it."""
        order = StartRecording(
            recording=RecordingId(name),
            leg=A,
            tenant="acme",
            call=CALL,
            kind="call",
            recipients=(),
            started_at="2026-01-01T00:00:00Z",
        )
        n_before = len(self.events)
        self.workers.send(order)
        await self.until(lambda: len(self.events) > n_before)
        return self.events[-1]

    @property
    def _n_ended(self) -> int:
        return sum(isinstance(event, LegClosed) and event.leg == LAST for event in self.events)

    @property
    def n_closed(self) -> int:
        return sum(isinstance(event, LegClosed) and event.leg != LAST for event in self.events)

    async def close(self) -> None:
        """Give both legs up."""
        for leg in self._parties:
            self.workers.send(CloseLeg(leg=leg))
        await self.until(lambda: self.n_closed == len(self._parties))

    def _heard(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._news.set()
        if isinstance(event, LegOpened):
            self.opened[event.leg] = event
        if isinstance(event, LegOpened) and event.leg != LAST:
            port = self._parties[event.leg].port
            order = ConnectLeg(leg=event.leg, host="127.0.0.1", port=port, format=MU, direction="sendrecv")
            self.workers.send(order)
            if len(self.opened) == len(self._parties):
                self.workers.send(BridgeLegs(a=A, b=B))
                self.open(LAST)

    def _lose(self, leg: LegId) -> None:
        self.lost.append(leg)
        self.opened.pop(leg, None)
        self._news.set()
        self.open(leg)


@pytest.fixture
def parties() -> Iterator[dict[LegId, Party]]:
    with two_parties() as (a, b):
        yield {A: a, B: b}


@asynccontextmanager
async def connected(folder: Path, parties: dict[LegId, Party]) -> AsyncIterator[Signalling]:
    """A signalling process whose call has two legs."""
    made = Signalling(folder / "media.sock", parties)
    keeping = asyncio.ensure_future(made.workers.run())
    await asyncio.wait_for(made.workers.wait_up(), PATIENCE_S)
    made.open(A)
    made.open(B)
    await made.until_bridged()
    yield made
    await made.workers.close()
    keeping.cancel()


async def talk(parties: dict[LegId, Party], n: int) -> None:
    """Each hears the other."""
    for one, other in ((A, B), (B, A)):
        parties[one].send(frame(n))
        assert (await parties[other].receive())[1] == frame(n)


def follow(signalling: Signalling, parties: dict[LegId, Party], leg: LegId) -> None:
    """A re-INVITE tells a party where to send."""
    parties[leg].to = (signalling.opened[leg].host, signalling.opened[leg].port)


@pytest.mark.requirement("MED-16")
async def test_a_call_moves_without_losing_a_packet(parties: dict[LegId, Party], tmp_path: Path) -> None:
    async with (
        started_worker(tmp_path, "--drain", "0.2") as first,
        connected(tmp_path, parties) as signalling,
    ):
        for leg in parties:
            follow(signalling, parties, leg)
        await talk(parties, 1)
        former = dict(signalling.opened)
        first.send_signal(signal.SIGTERM)
        while (tmp_path / "media.sock").exists():  # noqa: ASYNC110 - another process gives it up
            await asyncio.sleep(0.01)
        async with started_worker(tmp_path):
            await signalling.until_lost()
            await signalling.until_bridged()
            assert {one.worker for one in signalling.opened.values()} == {1}
            assert all(signalling.opened[leg].port != former[leg].port for leg in parties)
            await talk(parties, 2)  # nobody has followed
            follow(signalling, parties, A)
            await talk(parties, 3)
            assert first.returncode is None
            follow(signalling, parties, B)
            await talk(parties, 4)
            assert await asyncio.wait_for(first.wait(), SOON_S) == 0
            await talk(parties, 5)
            assert signalling.n_closed == 0
            assert signalling.lost == [A, B]  # once each: its end is no loss
            await signalling.close()


@pytest.mark.requirement("MED-16")
async def test_a_call_that_ends_on_its_way_is_closed_at_both(
    parties: dict[LegId, Party], tmp_path: Path
) -> None:
    async with (
        started_worker(tmp_path, "--drain", "0") as first,
        connected(tmp_path, parties) as signalling,
    ):
        first.send_signal(signal.SIGTERM)
        await signalling.until_lost()  # and no successor
        await signalling.close()
        assert await asyncio.wait_for(first.wait(), SOON_S) == 0
        assert signalling.n_closed == len(parties)


@pytest.mark.requirement("R-16")
@pytest.mark.requirement("F-14")
async def test_a_full_spool_fails_new_recordings_until_there_is_room(
    tmp_path: Path, parties: dict[LegId, Party]
) -> None:
    async with started_worker(tmp_path), connected(tmp_path, parties) as signalling:
        signalling.spool.take(95.0)
        refused = RecordingFailed(recording=RecordingId("one"), reason="the spool is 95 % full")
        assert await signalling.record("one") == refused
        assert not (tmp_path / "one.jsonl").exists()
        signalling.spool.take(84.0)
        assert await signalling.record("two") == RecordingStarted(recording=RecordingId("two"))
        signalling.spool.take(95.0)
        for leg in parties:
            follow(signalling, parties, leg)
            signalling.workers.send(SetGate(leg=leg, open=True))
        signalling.open(LAST)
        await signalling.until(lambda: LAST in signalling.opened)
        assert signalling.opened[LAST].no_room == "the spool is 95 % full"
        await signalling.until_bridged()
        await talk(parties, 1)  # and what runs goes on
        await signalling.close()
    assert (tmp_path / "two.jsonl").read_text().count(frame(1).hex()) == 2  # both streams
