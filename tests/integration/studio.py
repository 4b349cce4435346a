"""Calls through the real media worker, its journals and the real finaliser; their parties share one clock.

Everybody says pseudo-noise of which sample n belongs to the same moment, so that in the master it is known
where each belongs. One thread sends for all; what it sent late it writes down.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path as File

import numpy as np

from pbx.core.audio import AudioFormat, Direction
from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import ConnectLeg, SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingStarted, RecordingStopped
from pbx.media.io import worker
from tests.integration.finaliser_site import Site, order
from tests.integration.impairment import Network, Path, Weather, attach_through, network
from tests.integration.masters import Decrypted, opened
from tests.integration.media_parties import MU, Party, Signalling, attach, connected, started_worker

FRAME = 160
FRAME_NS = 20_000_000
NS_PER_SAMPLE = 125_000
LOOK_EVERY_S = 0.1  # the journals of another process raise no event of ours
REAL_WORKER = File(worker.__file__)


class Talker:
    """A party whose frame n is always due at the same moment as everybody's."""

    def __init__(self, leg: str, number: int, n_frames: int) -> None:
        self.leg = LegId(leg)
        self.party = Party(0xC000 + number)
        noise = np.random.default_rng(number).integers(0, 256, n_frames * FRAME, dtype=np.uint8)
        self.noise = noise.tobytes()
        self.is_silent = False
        self.sent_ns: dict[int, int] = {}  # frame -> when it left
        self.path: Path | None = None

    def say(self, n: int) -> None:
        """Send frame n, or let its time pass."""
        party = self.party
        if self.is_silent:
            party.time = (party.time + FRAME) % 2**32
            return
        self.sent_ns[n] = time.monotonic_ns()
        party.send(self.frame(n))

    def frame(self, n: int) -> bytes:
        return self.noise[n * FRAME : (n + 1) * FRAME]

    def begin_anew(self) -> None:
        """Another SSRC with other numbers, as a telephone may after a hold."""
        self.party.ssrc, self.party.seq, self.party.time = 0x5EED, 41_000, 3_000_000_000


@dataclass(slots=True)
class Clock:
    """The thread that sends: frame n of everybody at `start_ns` + n x 20 ms."""

    talkers: list[Talker]
    n_frames: int
    start_ns: int = 0
    _awaited: dict[int, asyncio.Event] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def at(self, n: int) -> asyncio.Event:
        """Is set once frame n was said; to be asked for before `run`."""
        return self._awaited.setdefault(n, asyncio.Event())

    async def run(self) -> None:
        """Say everything, in real time."""
        await asyncio.to_thread(self._run)

    def _run(self) -> None:
        self.start_ns = time.monotonic_ns() + FRAME_NS
        for n in range(self.n_frames):
            due_ns = self.start_ns + n * FRAME_NS
            time.sleep(max(0, due_ns - time.monotonic_ns()) / 1e9)
            for talker in self.talkers:
                talker.say(n)
            if n in self._awaited:
                self._loop.call_soon_threadsafe(self._awaited[n].set)


@dataclass(slots=True)
class Studio:
    """One worker, one machine behind it, and those who talk."""

    pbx: Signalling
    site: Site
    net: Network
    n_frames: int
    recipients: tuple[str, ...]
    talkers: list[Talker] = field(default_factory=list)

    async def seat(self, leg: str, weather: Weather | None = None) -> Talker:
        """A party with a leg; with weather behind a bad network in its direction to us."""
        one = Talker(leg, len(self.talkers), self.n_frames)
        self.talkers.append(one)
        if weather is None:
            await attach(self.pbx, one.leg, one.party)
        else:
            one.path = self.net.path(weather, seed=leg)
            await attach_through(one.path, self.pbx, one.party, one.leg)
        return one

    async def connect(self, one: Talker, direction: Direction, fmt: AudioFormat = MU) -> None:
        """As a re-INVITE would."""
        host, port = "127.0.0.1", one.party.port
        self.pbx.send(ConnectLeg(leg=one.leg, host=host, port=port, format=fmt, direction=direction))
        await self.pbx.settle()

    async def record(self, name: str, leg: LegId) -> None:
        """Begin a recording, all gates as they are."""
        wanted = order(name, *self.recipients)
        self.pbx.send(
            StartRecording(
                recording=RecordingId(name),
                leg=leg,
                tenant=wanted.tenant,
                call=wanted.call,
                kind=wanted.kind,
                recipients=wanted.recipients,
                started_at=wanted.started_at,
            )
        )
        n_before = sum(isinstance(one, RecordingStarted) for one in self.pbx.events)
        assert (await self.pbx.expect(RecordingStarted, n_before + 1)).recording == name

    def gates(self, *talkers: Talker, is_open: bool = True) -> None:
        self.pbx.send(*(SetGate(leg=one.leg, open=is_open) for one in talkers))

    async def masters(self, *names: str) -> dict[str, Decrypted]:
        """Stop these recordings, finalise them, and open what came of them."""
        self.pbx.send(*(StopRecording(recording=RecordingId(name)) for name in names))
        await self.pbx.expect(RecordingStopped, len(names))
        finaliser = self.site.finaliser()
        async with asyncio.timeout(10):
            while len(await self.site.objects_stored()) < len(names):  # the writer's thread closes them
                await finaliser.scan(time.monotonic())
                await asyncio.sleep(LOOK_EVERY_S)
        return {name: await opened(self.site, name) for name in names}


@asynccontextmanager
async def studio(site: Site, n_frames: int) -> AsyncIterator[Studio]:
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    with network() as net:
        async with started_worker(site.root, "--spool", str(site.spool), program=REAL_WORKER):
            pbx = await connected(site.root)
            one = Studio(pbx, site, net, n_frames, recipients)
            yield one
            await pbx.link.close()
            for talker in one.talkers:
                talker.party.socket.close()
