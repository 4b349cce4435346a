"""Our media worker as a process with its link; legs are numbered as the streams of the load."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.media.relays import FIRST_PORT, LAST_PORT, LOOPBACK
from pbx.core.audio import AudioFormat
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.core.io.signs import Sign
from pbx.core.srtp import Security
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    ConnectLeg,
    MediaEffect,
    OpenLeg,
    SetGate,
    StartRecording,
)
from pbx.media.events import (
    LegClosed,
    LegFailed,
    LegOpened,
    MediaEvent,
    RecordingFailed,
    RecordingStarted,
    RoomRefused,
)
from pbx.media.io.link import MediaLink

MU = AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
PATIENCE_S = 20.0
MODULE = "pbx.media.io.worker"


class Worker:
    """What is ordered from a worker; SystemExit when a leg or a recording fails."""

    def __init__(self, pid: int, path: Path) -> None:
        self.pid = pid
        self.link = MediaLink(path, self._deliver, lambda: None)
        self._opened: dict[LegId, asyncio.Future[int]] = {}
        self._failure = ""
        self.n_recording = self.n_closed = 0

    def send(self, *orders: MediaEffect) -> None:
        for order in orders:
            self.link.send(order)

    async def open(self, leg: LegId) -> int:
        """Open a leg; return its port."""
        port = self._opened[leg] = asyncio.get_running_loop().create_future()
        self.send(OpenLeg(leg=leg, call=CallId("bench")))
        return await asyncio.wait_for(port, PATIENCE_S)

    async def connect(
        self,
        ports: Sequence[int],
        formats: tuple[AudioFormat, AudioFormat],
        keys: Sequence[Security | None] = (),
    ) -> list[int]:
        """Open a leg for each port of the load, even and odd ones in their format; return the legs' ports."""
        opened = await asyncio.gather(*(self.open(leg_id(n)) for n in range(len(ports))))
        for n, port in enumerate(ports):
            order = connected(leg_id(n), port, formats[n % 2])
            self.send(replace(order, security=keys[n] if keys else None))
        return opened

    def bridge(self, n_calls: int) -> None:
        for n in range(n_calls):
            self.send(BridgeLegs(a=leg_id(2 * n), b=leg_id(2 * n + 1)))

    async def record(self, n_calls: int, recipient: str) -> None:
        """Record the first leg of every call, both parties being heard."""
        for n in range(n_calls):
            self.send(*recorded(leg_id(2 * n), leg_id(2 * n + 1), recipient))
        await self.until(lambda: self.n_recording >= n_calls)

    async def close(self, n_legs: int) -> None:
        """Close the numbered legs and with them their recordings."""
        before = self.n_closed
        self.send(*(CloseLeg(leg=leg_id(n)) for n in range(n_legs)))
        await self.until(lambda: self.n_closed >= before + n_legs)

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for facts of the worker."""
        for _ in range(round(PATIENCE_S / 0.02)):
            self.check()
            if done():
                return
            await asyncio.sleep(0.02)
        raise SystemExit("the media worker does not answer")

    def check(self) -> None:
        if self._failure:
            raise SystemExit(f"the media worker reports: {self._failure}")

    def _deliver(self, event: MediaEvent) -> None:
        if isinstance(event, LegOpened):
            self._opened.pop(event.leg).set_result(event.port)
        elif isinstance(event, LegClosed):
            self.n_closed += 1
        elif isinstance(event, RecordingStarted):
            self.n_recording += 1
        elif isinstance(event, LegFailed | RecordingFailed | RoomRefused):
            self._failure = event.reason


def leg_id(n: int) -> LegId:
    return LegId(str(n))


def connected(leg: LegId, port: int, fmt: AudioFormat) -> ConnectLeg:
    return ConnectLeg(leg=leg, host=LOOPBACK, port=port, format=fmt, direction="sendrecv")


def recorded(a: LegId, b: LegId, recipient: str) -> tuple[MediaEffect, ...]:
    """The orders that record leg a of a bridged call."""
    order = StartRecording(
        recording=RecordingId(f"bench-{a}"),
        leg=a,
        tenant="bench",
        call=CallId("bench"),
        kind="call",
        recipients=(recipient,),
        started_at=datetime.now(UTC).isoformat(),
    )
    return SetGate(leg=a, open=True), SetGate(leg=b, open=True), order


@asynccontextmanager
async def media_worker(folder: Path, module: str = MODULE) -> AsyncIterator[Worker]:
    """Yield a worker process; its journals lie in `folder`/spool."""
    path, spool = folder / "media.sock", folder / "spool"
    spool.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "--socket", str(path), "--spool", str(spool)),
        *("--ports", f"{FIRST_PORT}-{LAST_PORT}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    worker = Worker(process.pid, path)
    try:
        if (await process.stdout.readline()).strip() != Sign.READY.encode():
            raise SystemExit("the media worker does not start")
        await worker.link.connect()
        yield worker
        await worker.link.close()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
