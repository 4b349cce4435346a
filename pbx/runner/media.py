"""The media workers as seen from signalling: which call lives where, and what happens when one dies."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pbx.core.errors import TransportError
from pbx.core.ids import CallId, LegId, RecordingId
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
    StreamEnded,
)
from pbx.media.io.link import MediaLink

RECONNECT_S = 0.1
_log = logging.getLogger("pbx.media.workers")


class MediaWorkers:
    """Places calls on the least loaded worker and routes orders by leg."""

    def __init__(
        self,
        sockets: tuple[Path, ...],
        deliver: Callable[[MediaEvent], None],
        lost: Callable[[CallId], None],
    ) -> None:
        self._deliver, self._lost = deliver, lost
        self._links = [
            MediaLink(path, self._received, lambda worker=index: self._gone(worker))  # type: ignore[misc]
            for index, path in enumerate(sockets)
        ]
        self._up = [asyncio.Event() for _ in sockets]
        self._down = asyncio.Event()
        self._calls: list[dict[CallId, set[LegId]]] = [{} for _ in sockets]
        self._legs: dict[LegId, tuple[int, CallId]] = {}
        self._recordings: dict[RecordingId, int] = {}

    async def run(self) -> None:
        """Keep every link connected, for ever."""
        self._down.set()
        while True:
            await self._down.wait()
            self._down.clear()
            for worker, link in enumerate(self._links):
                if not self._up[worker].is_set():
                    await self._connect(worker, link)

    async def wait_up(self) -> None:
        """Return once every worker is connected."""
        for event in self._up:
            await event.wait()

    async def close(self) -> None:
        for link in self._links:
            await link.close()

    def send(self, effect: MediaEffect) -> None:
        """Give an order to the worker of its leg; a dead worker answers as if it had failed."""
        worker = self._place(effect)
        try:
            if worker is None:
                raise TransportError("no such leg")
            self._links[worker].send(effect)
        except TransportError:
            answer = _refusal(effect)
            if answer is not None:
                asyncio.get_running_loop().call_soon(self._received, answer)

    def _place(self, effect: MediaEffect) -> int | None:
        match effect:
            case OpenLeg():
                return self._open(effect)
            case BridgeLegs():
                return self._worker(effect.a)
            case MoveRecording() | NoteInRecording() | StopRecording():
                return self._recordings.get(effect.recording)
            case StartRecording():
                worker = self._worker(effect.leg)
                if worker is not None:
                    self._recordings[effect.recording] = worker
                return worker
            case _:
                return self._worker(effect.leg)

    def _worker(self, leg: LegId) -> int | None:
        place = self._legs.get(leg)
        return place[0] if place else None

    def _open(self, effect: OpenLeg) -> int:
        wanted = (effect.call, effect.beside)
        mine = [worker for call in wanted for worker, calls in enumerate(self._calls) if call in calls]
        live = [worker for worker, up in enumerate(self._up) if up.is_set()] or [0]
        worker = mine[0] if mine else min(live, key=lambda index: len(self._calls[index]))
        self._calls[worker].setdefault(effect.call, set()).add(effect.leg)
        self._legs[effect.leg] = (worker, effect.call)
        return worker

    def _received(self, event: MediaEvent) -> None:
        if isinstance(event, LegClosed | LegFailed):
            self._forget(event.leg)
        if isinstance(event, LegOpened):
            event = replace(event, worker=self._worker(event.leg) or 0)
        self._deliver(event)

    def _forget(self, leg: LegId) -> None:
        worker, call = self._legs.pop(leg, (0, None))
        if call is None:
            return
        legs = self._calls[worker].get(call, set())
        legs.discard(leg)
        if not legs:
            self._calls[worker].pop(call, None)

    def _gone(self, worker: int) -> None:
        _log.error("media worker %d is gone with %d calls", worker, len(self._calls[worker]))
        self._up[worker].clear()
        self._recordings = {rec: at for rec, at in self._recordings.items() if at != worker}
        for call, legs in list(self._calls[worker].items()):
            self._lost(call)
            for leg in list(legs):
                self._received(LegClosed(leg=leg, stats=LegStats()))
        self._down.set()

    async def _connect(self, worker: int, link: MediaLink) -> None:
        while True:
            try:
                await link.connect()
                break
            except TransportError:
                await asyncio.sleep(RECONNECT_S)
        _log.info("media worker %d is connected", worker)
        self._up[worker].set()


def _refusal(effect: MediaEffect) -> MediaEvent | None:
    """What a worker would say of an order that it cannot get."""
    match effect:
        case OpenLeg():
            return LegFailed(leg=effect.leg, reason="the media worker is down")
        case CloseLeg():
            return LegClosed(leg=effect.leg, stats=LegStats())
        case Play():
            return PlayEnded(leg=effect.leg, token=effect.token, played_ms=0, total_ms=0, completed=False)
        case StartRecording():
            return RecordingFailed(recording=effect.recording, reason="the media worker is down")
        case OpenStream():
            return StreamEnded(leg=effect.leg, stream=effect.stream, reason="failed")
        case _:
            return None
