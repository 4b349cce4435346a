"""Two phones and a signalling process for the media worker's integration tests."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from pbx.core.audio import AudioFormat, Direction
from pbx.core.errors import TransportError
from pbx.core.ids import CallId, LegId
from pbx.media.dtmf import event_packets
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    ConnectLeg,
    MediaEffect,
    OpenLeg,
)
from pbx.media.events import (
    LegClosed,
    LegOpened,
    WorkerEvent,
)
from pbx.media.io.link import MediaLink
from pbx.media.rtp import RtpPacket, build, parse
from pbx.media.stream import RESYNC_S

A, B = LegId("a"), LegId("b")
CALL = CallId("call-1")
MU = AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
ALAW = AudioFormat(encoding="PCMA", payload_type=8, dtmf_payload_type=96)
WORKER = Path(__file__).with_name("media_worker_with_file_journal.py")
PATIENCE_S = 5.0
FRAME_S = 0.02
QUIET = b"\xff" * 160  # in mu-law
EventT = TypeVar("EventT", bound=WorkerEvent)


class Party:
    """A phone's RTP socket."""

    def __init__(self, ssrc: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.ssrc, self.seq, self.time = ssrc, 65530, 2**32 - 400  # both wrap during the test
        self.to = ("127.0.0.1", 9)

    def send(self, payload: bytes, payload_type: int = 0) -> bytes:
        header = RtpPacket(payload_type, False, self.seq, self.time, self.ssrc, 0, 0)
        octets = build(header, payload)
        self.socket.sendto(octets, self.to)
        self.seq, self.time = (self.seq + 1) % 2**16, (self.time + len(payload)) % 2**32
        return octets

    def press(self, key: str, payload_type: int = 101, clock_rate: int = 8000) -> None:
        for marker, payload in event_packets(key, 60, clock_rate=clock_rate):
            header = RtpPacket(payload_type, marker, self.seq, self.time, self.ssrc, 0, 0)
            self.socket.sendto(build(header, payload), self.to)
            self.seq = (self.seq + 1) % 2**16
        self.time = (self.time + 60 * clock_rate // 1000) % 2**32

    async def receive(self) -> tuple[RtpPacket, bytes]:
        loop = asyncio.get_running_loop()
        octets = await asyncio.wait_for(loop.sock_recv(self.socket, 2048), PATIENCE_S)
        packet = parse(octets, len(octets))
        return packet, octets[packet.start : packet.end]

    def put(self, octets: bytes) -> None:
        """Send a packet of RTP; one with keys protects it."""
        self.socket.sendto(octets, self.to)

    async def take(self) -> bytes:
        """Return the next packet of RTP; one with keys opens it."""
        return await asyncio.get_running_loop().sock_recv(self.socket, 2048)

    def drain(self) -> None:
        """Throw away what has come."""
        while not self.is_quiet():
            pass

    def is_quiet(self) -> bool:
        try:
            self.socket.recv(2048)
        except BlockingIOError:
            return True
        return False


def skipped(packets: list[RtpPacket], due: list[int]) -> list[int]:
    """By how much each step of the time exceeds its due: 0, or what a worker that stood made good."""
    steps = [(b.rtp_time - a.rtp_time) % 2**32 for a, b in pairwise(packets)]
    late = [step - its for step, its in zip(steps, due, strict=True)]
    assert all(one == 0 or one > RESYNC_S * 8000 for one in late), late
    return late


class Signalling:
    """The other end of the control socket."""

    def __init__(self, path: Path) -> None:
        self.events: list[WorkerEvent] = []
        self._news = asyncio.Event()
        self.lost = asyncio.Event()
        self.link = MediaLink(path, self._deliver, self.lost.set)

    def send(self, *effects: MediaEffect) -> None:
        for effect in effects:
            self.link.send(effect)

    async def expect(self, kind: type[EventT], n: int = 1) -> EventT:
        """Return the n-th event of a kind, waiting for it."""
        deadline = time.monotonic() + PATIENCE_S
        while len(found := [event for event in self.events if isinstance(event, kind)]) < n:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"no {kind.__name__} number {n} among {self.events}") from None
        return found[n - 1]

    async def next(self) -> None:
        """Return when another event has come."""
        self._news.clear()
        await self._news.wait()

    async def settle(self) -> None:
        """Return when everything sent so far has been performed."""
        probe = LegId(f"probe-{time.monotonic_ns()}")
        self.send(CloseLeg(leg=probe))
        while LegClosed not in [type(e) for e in self.events if getattr(e, "leg", "") == probe]:
            await self.expect(LegClosed, 1 + sum(isinstance(e, LegClosed) for e in self.events))

    def _deliver(self, event: WorkerEvent) -> None:
        self.events.append(event)
        self._news.set()


@asynccontextmanager
async def started_worker(
    folder: Path, *more: str, program: Path = WORKER
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(program), "--socket", str(folder / "media.sock")),
        *("--spool", str(folder), "--ports", "12000-12399", *more),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        while not (folder / "media.sock").exists():
            assert process.returncode is None
            await asyncio.sleep(0.02)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


async def connected(folder: Path) -> Signalling:
    signalling = Signalling(folder / "media.sock")
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            await signalling.link.connect()
            return signalling
        except TransportError:  # bound, but not yet listening
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Signalling]:
    async with started_worker(folder):
        signalling = await connected(folder)
        yield signalling
        await signalling.link.close()


@contextmanager
def two_parties() -> Iterator[tuple[Party, Party]]:
    a, b = Party(0xAAAA), Party(0xBBBB)
    yield a, b
    a.socket.close()
    b.socket.close()


async def attach(
    pbx: Signalling, leg: LegId, party: Party, fmt: AudioFormat = MU, direction: Direction = "sendrecv"
) -> None:
    pbx.send(OpenLeg(leg=leg, call=CALL))
    await pbx.expect(LegOpened, 1 + sum(isinstance(e, LegOpened) for e in pbx.events))
    opened = [e for e in pbx.events if isinstance(e, LegOpened) and e.leg == leg][-1]
    assert opened.port % 2 == 0
    party.to = (opened.host, opened.port)
    pbx.send(ConnectLeg(leg=leg, host="127.0.0.1", port=party.port, format=fmt, direction=direction))
    await pbx.settle()


async def bridged(pbx: Signalling, parties: tuple[Party, Party], b_format: AudioFormat = MU) -> None:
    await attach(pbx, A, parties[0])
    await attach(pbx, B, parties[1], b_format)
    pbx.send(BridgeLegs(a=A, b=B))
    await pbx.settle()


async def heard_again(speaker: Party, listener: Party) -> None:
    """Be silent at the pace of speech until that is heard: the party's secret is over, and its tail."""
    while listener.is_quiet():
        speaker.send(QUIET)
        await asyncio.sleep(FRAME_S)


def frame(n: int) -> bytes:
    return bytes((n * 7 + i) % 256 for i in range(160))
