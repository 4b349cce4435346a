"""The media workers as seen from signalling: which call lives where, and what happens when one dies."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pbx.core.errors import TransportError
from pbx.core.ids import LegId
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    MediaEffect,
    MoveRecording,
    NoteInRecording,
    OpenLeg,
    OpenStream,
    Play,
    StartRecording,
    StopRecording,
)
from pbx.media.events import (
    LegClosed,
    LegFailed,
    LegOpened,
    LegStats,
    MediaEvent,
    PlayEnded,
    RecordingFailed,
    RecordingStopped,
    StreamEnded,
)
from pbx.media.io.link import MediaLink
from pbx.media.placement import Placement
from pbx.media.refusals import Refusal

RECONNECT_S = 0.02  # a socket that nobody listens on costs 50 µs; who waits for it is a caller in the dark
WAIT_S = 5.0  # for a worker that can take a leg: without a spare, replacing one took up to 4.6 s
MAX_WAITING = 1000  # legs; what a machine can answer within WAIT_S, and all the legs of a worker that died
_log = logging.getLogger("pbx.media.workers")


class MediaWorkers:
    """Places calls on the least loaded worker and routes orders by leg.

    A leg that no worker can take waits WAIT_S for one; `lost` names each leg of a worker that died.
    """

    def __init__(
        self,
        sockets: tuple[Path, ...],
        deliver: Callable[[MediaEvent], None],
        lost: Callable[[LegId], None],
    ) -> None:
        self._deliver, self._lost = deliver, lost
        self._links = [
            MediaLink(
                path,
                lambda event, worker=index: self._received(event, worker),  # type: ignore[misc]
                lambda worker=index: self._gone(worker),  # type: ignore[misc]
            )
            for index, path in enumerate(sockets)
        ]
        self._up = [asyncio.Event() for _ in sockets]
        self._down = [asyncio.Event() for _ in sockets]
        self._placement = Placement(len(sockets))
        self._asked: dict[LegId, OpenLeg] = {}
        self._waiting: dict[LegId, tuple[OpenLeg, asyncio.TimerHandle]] = {}

    async def run(self) -> None:
        """Keep every link connected, for ever."""
        async with asyncio.TaskGroup() as group:
            for worker in range(len(self._links)):
                group.create_task(self._keep(worker))

    async def wait_up(self) -> None:
        """Return once every worker is connected."""
        for event in self._up:
            await event.wait()

    async def close(self) -> None:
        for link in self._links:
            await link.close()

    def send(self, effect: MediaEffect) -> None:
        """Give an order to the worker of its leg; a dead worker answers as if it had failed."""
        match effect:
            case OpenLeg():
                self._open(effect)
            case CloseLeg() if effect.leg in self._waiting:
                self._stop_waiting(effect.leg)
                self._answer(LegClosed(leg=effect.leg, stats=LegStats()))
            case _:
                self._order(effect, self._place(effect))

    def _order(self, effect: MediaEffect, worker: int | None) -> None:
        if worker is None:
            answer = _refusal(effect)
            if answer is not None:
                self._answer(answer)
            return
        link = self._links[worker]
        try:
            link.send(effect)
        except TransportError:  # it is dying: `lost` follows, and whoever hears it orders anew
            _log.debug("media worker %d takes no more orders", worker)
            return
        self._placement.slow(worker, is_slow=link.is_slow)

    def _answer(self, event: MediaEvent) -> None:
        asyncio.get_running_loop().call_soon(self._received, event)

    def _place(self, effect: MediaEffect) -> int | None:
        placement = self._placement
        match effect:
            case BridgeLegs():
                return placement.worker(effect.a)
            case MoveRecording() | NoteInRecording() | StopRecording():
                return placement.recorder(effect.recording)
            case StartRecording():
                return placement.record(effect.recording, effect.leg)
            case _:
                return placement.worker(effect.leg)

    def _open(self, order: OpenLeg) -> None:
        worker = self._placement.place(order.leg, order.call, order.beside)
        if worker is not None:
            self._asked[order.leg] = order
            self._order(order, worker)
        elif len(self._waiting) >= MAX_WAITING:
            self._answer(LegFailed(leg=order.leg, reason=Refusal.NO_WORKER))
        else:
            timer = asyncio.get_running_loop().call_later(WAIT_S, self._give_up, order.leg)
            self._waiting[order.leg] = (order, timer)

    def _give_up(self, leg: LegId) -> None:
        self._stop_waiting(leg)
        _log.error("leg=%s no media worker took it within %.0f s", leg, WAIT_S)
        self._received(LegFailed(leg=leg, reason=Refusal.NO_WORKER))

    def _stop_waiting(self, leg: LegId) -> OpenLeg:
        order, timer = self._waiting.pop(leg)
        timer.cancel()
        return order

    def _open_waiting(self) -> None:
        for leg in list(self._waiting):
            self._open(self._stop_waiting(leg))

    def _received(self, event: MediaEvent, worker: int | None = None) -> None:
        if worker is not None:
            self._placement.slow(worker, is_slow=self._links[worker].is_slow)
        match event:
            case LegFailed(reason=Refusal.DRAINING) if worker is not None and event.leg in self._asked:
                self._placement.drains(worker)
                self._placement.forget(event.leg)
                self._open(self._asked.pop(event.leg))
                return
            case LegClosed() | LegFailed():
                self._placement.forget(event.leg)
                self._asked.pop(event.leg, None)
            case LegOpened():
                self._asked.pop(event.leg, None)
                event = replace(event, worker=worker or 0)
            case RecordingStopped() | RecordingFailed():
                self._placement.recorded(event.recording)
        self._deliver(event)

    def _gone(self, worker: int) -> None:
        lost = self._placement.down(worker)
        _log.error("media worker %d is gone with %d legs", worker, len(lost))
        self._up[worker].clear()
        self._down[worker].set()
        for leg in lost:
            self._asked.pop(leg, None)
            self._lost(leg)
        self._open_waiting()

    async def _keep(self, worker: int) -> None:
        while True:
            await self._connect(self._links[worker])
            _log.info("media worker %d is connected", worker)
            self._down[worker].clear()
            self._up[worker].set()
            self._placement.up(worker)
            self._open_waiting()
            await self._down[worker].wait()

    async def _connect(self, link: MediaLink) -> None:
        while True:
            try:
                return await link.connect()
            except TransportError:
                await asyncio.sleep(RECONNECT_S)


def _refusal(effect: MediaEffect) -> MediaEvent | None:
    """What a worker says of a leg that it does not have."""
    match effect:
        case CloseLeg():
            return LegClosed(leg=effect.leg, stats=LegStats())
        case Play():
            return PlayEnded(leg=effect.leg, token=effect.token, played_ms=0, total_ms=0, completed=False)
        case StartRecording():
            return RecordingFailed(recording=effect.recording, reason=Refusal.NO_WORKER)
        case OpenStream():
            return StreamEnded(leg=effect.leg, stream=effect.stream, reason="failed")
        case _:
            return None
