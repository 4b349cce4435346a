"""A worker that has stood still keeps nothing of what was said before a yes (C-07), or after a no (C-06)."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.core.io.channel import Channel, serve
from pbx.core.wire import Codec
from pbx.media.effects import (
    ConnectLeg,
    MediaEffect,
    NoteInRecording,
    OpenLeg,
    SetGate,
    SetSecure,
    StartRecording,
)
from pbx.media.entry_guard import TAIL_S
from pbx.media.events import LegOpened, MediaEvent, WorkerEvent
from pbx.media.io.arrivals import STOOD_S
from pbx.media.io.clips import ClipLoader
from pbx.media.io.host import MediaHost
from pbx.media.io.tap import HEARD, PAUSE, Hearer, JournalSink, Octets
from pbx.media.rtp import RtpPacket, build
from tests.integration.media_parties import MU

LEG, CALL, RECORDING = LegId("a"), CallId("c"), RecordingId("r")
BEFORE, MEANWHILE, AFTER = (
    range(5),
    range(5, 105),
    range(105, 110),
)  # packets; in between two seconds of a voice
START = StartRecording(
    recording=RECORDING, leg=LEG, tenant="t", call=CALL, kind="call", recipients=(), started_at=""
)
OPEN, SHUT = SetGate(leg=LEG, open=True), SetGate(leg=LEG, open=False)
PAUSED, RESUMED = (
    NoteInRecording(recording=RECORDING, kind=PAUSE, details={"on": on}) for on in ("true", "false")
)
SECRET, NO_SECRET = (SetSecure(leg=LEG, on=on) for on in (True, False))
LOOPS: tuple[Callable[[], asyncio.AbstractEventLoop], ...] = (asyncio.new_event_loop, uvloop.new_event_loop)
loops = pytest.mark.parametrize("loop", LOOPS, ids=("asyncio", "uvloop"))


class Sink:
    """A journal in memory."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.notes: list[str] = []
        self.came = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        if stream == HEARD:
            self.numbers.append(int.from_bytes(bytes(rtp[2:4]), "big"))
            self._tell()

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        self.notes.append(kind)
        self._tell()

    def close(self, ended_ns: int = 0) -> None:
        """Nothing to release."""

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5), self.came:
            await self.came.wait_for(is_so)

    def _tell(self) -> None:
        task = asyncio.ensure_future(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self.came:
            self.came.notify_all()


class Scene:
    """A worker's host with one party that is recorded, its gate shut, and an open channel of orders."""

    def __init__(self, orders: socket.socket, party: socket.socket, path: Path) -> None:
        self.sink = Sink()
        self._events: list[MediaEvent] = []
        self._orders, self._party, self._path = orders, party, path
        self._codec = Codec[MediaEffect](MediaEffect)

        def opened(order: StartRecording, hearer: Hearer) -> JournalSink:
            return self.sink

        self.host = MediaHost(
            ("127.0.0.1", range(20200, 20210)),
            ids=SeededIds(),
            clips=ClipLoader({}),
            open_sink=opened,
            emit=self._events.append,
        )

    async def begin(self) -> None:
        self._orders.connect(str(self._path))
        self.host.perform(OpenLeg(leg=LEG, call=CALL))
        (self._leg,) = [event for event in self._events if isinstance(event, LegOpened)]
        here, port = self._party.getsockname()
        self.host.perform(ConnectLeg(leg=LEG, host=here, port=port, format=MU, direction="sendrecv"))
        self.host.perform(START)

    async def serve(self, channel: Channel[MediaEffect, WorkerEvent]) -> None:
        while (order := await channel.receive()) is not None:
            self.host.perform(order)

    def order(self, order: MediaEffect) -> None:
        """Send without giving the loop a turn."""
        octets = self._codec.encode(order)
        self._orders.sendall(struct.pack("!I", len(octets)) + octets)

    def says(self, numbers: range) -> None:
        for n in numbers:
            header = RtpPacket(0, False, n, 160 * n, 7, 0, 0)
            self._party.sendto(build(header, bytes(160)), (self._leg.host, self._leg.port))

    async def kept(self, numbers: range) -> None:
        """Say something, and wait until it is recorded."""
        self.says(numbers)
        await self.sink.until(lambda: self.sink.numbers[-len(numbers) :] == list(numbers))

    async def told(self, order: MediaEffect, note: str) -> None:
        """Wait until an order that is written down was carried out."""
        n_notes = self.sink.notes.count(note)
        self.order(order)
        await self.sink.until(lambda: self.sink.notes.count(note) > n_notes)


def stand_still(seconds: float) -> None:
    """Do what a worker does to which the machine gives no core."""
    time.sleep(seconds)


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    path = folder / "orders"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as party,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as orders,
    ):
        party.bind(("127.0.0.1", 0))
        one = Scene(orders, party, path)
        codecs = Codec[MediaEffect](MediaEffect), Codec[WorkerEvent](WorkerEvent)
        server = await serve(path, codecs, one.serve)
        try:
            await one.begin()
            yield one
        finally:
            one.host.close()
            server.close()


def played(
    loop: Callable[[], asyncio.AbstractEventLoop], folder: Path, play: Callable[[Scene], Awaitable[None]]
) -> list[int]:
    """Return the numbers of the packets that were kept."""

    async def run() -> list[int]:
        async with scene(folder) as one:
            await play(one)
            return one.sink.numbers

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run())


@loops
@pytest.mark.requirement("C-07")
def test_what_waited_when_the_gate_opens_is_not_kept(loop: Any, tmp_path: Path) -> None:
    async def play(one: Scene) -> None:
        one.says(MEANWHILE)  # the loop has no turn: as far as the worker knows nothing has come yet
        one.host.perform(OPEN)
        await one.kept(AFTER)

    assert played(loop, tmp_path, play) == list(AFTER)


@loops
@pytest.mark.requirement("C-06")
@pytest.mark.parametrize(
    ("no", "yes", "note"),
    [(SHUT, OPEN, "gate"), (PAUSED, RESUMED, PAUSE), (SECRET, NO_SECRET, "secure")],
    ids=("gate", "pause", "secret"),
)
def test_what_waited_beside_an_order_to_keep_nothing_is_not_kept(
    loop: Any, no: MediaEffect, yes: MediaEffect, note: str, tmp_path: Path
) -> None:
    """The packets came first, and the worker finds them and the order at the same time."""

    async def play(one: Scene) -> None:
        await one.told(OPEN, "gate")
        await one.kept(BEFORE)
        stand_still(2 * STOOD_S)
        one.says(MEANWHILE)
        await one.told(no, note)
        await one.told(yes, note)
        await one.kept(AFTER)

    assert played(loop, tmp_path, play) == [*BEFORE, *AFTER]


@loops
@pytest.mark.requirement("V-07")
def test_a_secret_that_waited_when_its_entry_ended_is_not_kept(loop: Any, tmp_path: Path) -> None:
    """The worker stood still until long after the end: its timer comes before the packets."""

    async def play(one: Scene) -> None:
        await one.told(OPEN, "gate")
        await one.told(SECRET, "secure")
        one.host.perform(NO_SECRET)
        one.says(MEANWHILE)
        stand_still(TAIL_S + STOOD_S)
        await one.sink.until(lambda: one.sink.notes.count("secure") > 1)
        await one.kept(AFTER)

    assert played(loop, tmp_path, play) == list(AFTER)
