"""Bridged calls: CPU of the relaying process and the delay it adds, for each relay in turn."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.media.journals import new_identity, take_journals
from bench.media.load import WARM_S, Arrivals, Load, Report
from bench.media.protected import keys, write_protected
from bench.media.relays import c_relay, rtpengine
from bench.media.stalled_worker import STALL_S
from bench.media.worker import MODULE, MU, Worker, connected, media_worker, recorded
from pbx.core.ids import LegId
from pbx.core.srtp import Suite
from pbx.media.effects import BridgeLegs, CloseLeg

SETUP_RATE = 20  # calls a second
HELD_S = 2.0  # of each of these calls
STALLED_WORKER = "bench.media.stalled_worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What one measurement is about: calls of two streams, for so long."""

    folder: Path
    n_calls: int
    seconds: float
    arrivals: Arrivals = "spread"

    async def load(self, suite: Suite | None = None) -> Load:
        size = 2 * self.n_calls, self.seconds
        packets = () if suite is None else (write_protected(self.folder, suite, *size),)
        return await Load.start(self.folder, size, self.arrivals, packets)


Measure = Callable[[Scene], Awaitable[Report]]


async def by_c_relay(scene: Scene) -> Report:
    load = await scene.load()
    try:
        async with c_relay(scene.folder, load.ports) as relay:
            return await load.run(relay.pid, relay.targets)
    finally:
        load.stop()


async def by_rtpengine(scene: Scene) -> Report:
    load = await scene.load()
    try:
        async with rtpengine(scene.folder, load.ports) as relay:
            return await load.run(relay.pid, relay.targets)
    finally:
        load.stop()


async def by_worker(scene: Scene) -> Report:
    return await _by_worker(scene)


async def by_recording_worker(scene: Scene) -> Report:
    return await _by_worker(scene, records=True)


async def by_stalled_worker(scene: Scene) -> Report:
    """All recorded, and in the middle the spool's disk stands still for two seconds."""
    return await _by_worker(scene, records=True, stalls=True)


async def by_worker_alone(scene: Scene) -> Report:
    """In the middle signalling, which is this process, stands still for two seconds."""
    return await _by_worker(scene, is_alone=True)


async def by_busy_worker(scene: Scene) -> Report:
    """While other calls are being set up and torn down on the same worker."""
    return await _by_worker(scene, setup_rate=SETUP_RATE)


async def by_busy_recording_worker(scene: Scene) -> Report:
    """The same with every call recorded, those that come and go too."""
    return await _by_worker(scene, records=True, setup_rate=SETUP_RATE)


async def _by_worker(
    scene: Scene,
    *,
    records: bool = False,
    setup_rate: int = 0,
    stalls: bool = False,
    is_alone: bool = False,
    suite: Suite | None = None,
) -> Report:
    identity = new_identity()
    recipient = str(identity.recipient) if records else ""
    load = await scene.load(suite)
    security = keys(suite, len(load.ports)) if suite else ()
    try:
        async with media_worker(scene.folder, STALLED_WORKER if stalls else MODULE) as worker:
            targets = await worker.connect(load.ports, (MU, MU), security)
            worker.bridge(scene.n_calls)
            if records:
                await worker.record(scene.n_calls, recipient)
            others = asyncio.ensure_future(_come_and_go(worker, setup_rate, recipient))
            loop, middle_s = asyncio.get_running_loop(), WARM_S + (scene.seconds - STALL_S) / 2
            if stalls:
                loop.call_later(middle_s, os.kill, worker.pid, signal.SIGUSR1)
            if is_alone:
                loop.call_later(middle_s, time.sleep, STALL_S)
            report = await load.run(worker.pid, targets)
            others.cancel()
            with suppress(asyncio.CancelledError):
                await others
            worker.check()
            await worker.close(2 * scene.n_calls)
    finally:
        load.stop()
    _check(report, take_journals(scene.folder / "spool", identity) if records else None)
    return report


def _check(report: Report, n_recorded: int | None) -> None:
    if report.foreign:
        raise SystemExit(f"{report.foreign} packets came out of the wrong call")
    if n_recorded is not None and n_recorded < report.received:
        raise SystemExit(f"{n_recorded} packets were recorded of {report.received}")


async def _come_and_go(worker: Worker, rate: int, recipient: str) -> None:
    """Set up `rate` calls a second until cancelled; each is closed after a while."""
    loop = asyncio.get_running_loop()
    start, n = loop.time(), 0
    async with asyncio.TaskGroup() as calls:
        while rate:
            n += 1
            calls.create_task(_one_call(worker, n, recipient))
            await asyncio.sleep(max(start + n / rate - loop.time(), 0))


async def _one_call(worker: Worker, n: int, recipient: str) -> None:
    """As signalling orders it: two legs opened, connected, bridged, perhaps recorded, closed."""
    legs = LegId(f"{n}a"), LegId(f"{n}b")
    for leg in legs:
        port = await worker.open(leg)
        worker.send(connected(leg, port, MU))  # nobody speaks on it
    worker.send(BridgeLegs(a=legs[0], b=legs[1]))
    if recipient:
        worker.send(*recorded(*legs, recipient))
    await asyncio.sleep(HELD_S)
    worker.send(*(CloseLeg(leg=leg) for leg in legs))


def encrypted(suite: Suite, *, records: bool = False) -> Measure:
    """Both parties of each call are."""
    return partial(_by_worker, records=records, suite=suite)


CM: Suite = "AES_CM_128_HMAC_SHA1_80"
GCM: Suite = "AEAD_AES_128_GCM"
BRIDGED: dict[str, Measure] = {
    "C relay": by_c_relay,
    "worker": by_worker,
    "worker, recording": by_recording_worker,
    "rtpengine": by_rtpengine,
    "worker, AES-CM": encrypted(CM),
    "worker, AES-CM, rec": encrypted(CM, records=True),
    "worker, GCM": encrypted(GCM),
    "worker, GCM, rec": encrypted(GCM, records=True),
}
STALLED: dict[str, Measure] = {
    "C relay": by_c_relay,
    "worker, recording": by_recording_worker,
    "worker, recording, disk stalled": by_stalled_worker,
    "worker": by_worker,
    "worker, signalling stalled": by_worker_alone,
}
SETTING_UP: dict[str, Measure] = {
    "C relay": by_c_relay,
    "worker": by_busy_worker,
    "worker, recording": by_busy_recording_worker,
}
