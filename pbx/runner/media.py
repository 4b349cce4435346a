"""The media workers as seen from signalling: which call lives where, and what happens when one dies."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from pbx.core.audit import AuditFact
from pbx.core.errors import TransportError
from pbx.core.ids import CallId, Ids, LegId
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    MediaEffect,
    MoveRecording,
    NoteInRecording,
    OpenLeg,
    SetBeep,
    StartRecording,
    StopRecording,
)
from pbx.media.events import (
    LegClosed,
    LegFailed,
    LegOpened,
    LegsMustMove,
    LegStats,
    MediaEvent,
    MediaStarted,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    WorkerDrains,
    WorkerEvent,
    WorkerPace,
)
from pbx.media.io.link import MediaLink
from pbx.media.io.remote_link import RemoteLink
from pbx.media.moves import Moves, Orders
from pbx.media.overload import MAX_LATE_MS, door_fact
from pbx.media.placement import Placement
from pbx.media.refusals import Refusal, refusal
from pbx.runner.worker_places import Place, WorkerPlaces, name_of
from pbx.runner.worker_states import WorkerState

WAIT_S = 5.0  # for a worker that can take a leg: without a nursery, replacing one took up to 4.6 s
MAX_WAITING = 1000  # legs; what a machine can answer within WAIT_S, and all the legs of a worker that died
_log = logging.getLogger("pbx.media.workers")


@dataclass(slots=True)
class _Worker:
    """One process, from its connection to its end; `left` = its place is free for the next one."""

    place: int
    link: MediaLink | RemoteLink
    left: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who is told of each fact and of each leg that is lost, and knows which calls may be recorded.

    `is_urgent` = a call for help, `no_room` says why no new recording may begin, "" = it may; `note` puts on
    the record what a worker says of itself.
    """

    deliver: Callable[[MediaEvent], None]
    lost: Callable[[LegId], None]
    may_record: Callable[[CallId], bool]
    is_urgent: Callable[[CallId], bool]
    note: Callable[[AuditFact], None]
    no_room: Callable[[], str] = str


class MediaWorkers:
    """Places calls on the least loaded worker and routes orders by leg.

    A leg that no worker can take waits WAIT_S for one; `lost` names each leg of a worker that died, or that
    must give it up. Each process has a number of its own: one that drains is there beside its successor. A
    call that may be recorded stays on this machine.
    """

    def __init__(
        self, places: WorkerPlaces, owner: Owner, ids: Ids, *, max_late_ms: float = MAX_LATE_MS
    ) -> None:
        """`max_late_ms` = how late a worker may be before it gets no new calls."""
        self._deliver, self._lost, self._may_record = owner.deliver, owner.lost, owner.may_record
        self._is_urgent, self._note, self._no_room = owner.is_urgent, owner.note, owner.no_room
        self._places: tuple[Place, ...] = (*places.local, *places.remote)
        self._n_local, self._ids = len(places.local), ids
        self._workers: dict[int, _Worker] = {}
        self._numbers = count()
        self._up = [asyncio.Event() for _ in self._places]
        self._placement, self._moves = Placement(max_late_ms), Moves()
        self._asked: dict[LegId, OpenLeg] = {}
        self._waiting: dict[LegId, tuple[OpenLeg, asyncio.TimerHandle]] = {}

    async def run(self) -> None:
        """Keep every link connected, for ever."""
        async with asyncio.TaskGroup() as group:
            for place in range(len(self._places)):
                group.create_task(self._keep(place))

    async def wait_up(self) -> None:
        """Return once every worker of this machine is connected; nobody's start waits for another machine."""
        for event in self._up[: self._n_local]:
            await event.wait()

    def states(self) -> Mapping[str, WorkerState]:
        """How each worker is, for who asks; a place without a process is not connected."""
        found = {name_of(place): self._state(index) for index, place in enumerate(self._places)}
        for number, one in self._workers.items():
            is_former = one.left.is_set()
            name = name_of(self._places[one.place]) + (f" former {number}" if is_former else "")
            found[name] = self._state(one.place, number)
        return found

    def _state(self, place: int, number: int = -1) -> WorkerState:
        link = self._workers[number].link if number in self._workers else None
        return WorkerState(
            kind="local" if place < self._n_local else "remote",
            connected=link is not None and link.is_connected,
            legs=self._placement.n_legs(number),
            slow=link is not None and link.is_slow,
            draining=self._placement.is_draining(number),
            overloaded=self._placement.is_overloaded(number),
            late_ms=round(self._placement.late_ms(number), -1),  # a file is written of every change
        )

    async def close(self) -> None:
        for worker in list(self._workers.values()):
            await worker.link.close()

    def send(self, effect: MediaEffect) -> None:
        """Give an order to the worker of its leg; a dead worker answers as if it had failed."""
        if isinstance(effect, CloseLeg):
            self._order_all(self._moves.ended(effect.leg))
        match effect:
            case OpenLeg():
                self._open(effect)
            case CloseLeg() if effect.leg in self._waiting:
                self._stop_waiting(effect.leg)
                self._answer(LegClosed(leg=effect.leg, stats=LegStats()))
            case StartRecording() if reason := self._no_room():
                self._answer(RecordingFailed(recording=effect.recording, reason=reason))
            case _:
                self._order(effect, self._place(effect))

    def _order_all(self, orders: Orders) -> None:
        for worker, order in orders:
            if worker in self._workers:
                self._order(order, worker)

    def _order(self, effect: MediaEffect, worker: int | None) -> None:
        if worker is None or worker not in self._workers:
            answer = refusal(effect)
            if answer is not None:
                self._answer(answer)
            return
        link = self._workers[worker].link
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
            case MoveRecording() | SetBeep() | NoteInRecording() | StopRecording():
                return placement.recorder(effect.recording)
            case StartRecording():
                return placement.record(effect.recording, effect.leg)
            case _:
                return placement.worker(effect.leg)

    def _open(self, order: OpenLeg) -> None:
        if self._is_given(order):
            return
        if self._is_overloaded(order):
            self._answer(LegFailed(leg=order.leg, reason=Refusal.OVERLOADED))
        elif len(self._waiting) >= MAX_WAITING:
            self._answer(LegFailed(leg=order.leg, reason=Refusal.NO_WORKER))
        else:
            timer = asyncio.get_running_loop().call_later(WAIT_S, self._give_up, order.leg)
            self._waiting[order.leg] = (order, timer)

    def _is_overloaded(self, order: OpenLeg) -> bool:
        """Whether waiting is in vain: all processes are there, and what could take the leg is late."""
        there = {one.place for one in self._workers.values() if not one.left.is_set()}
        return there.issuperset(range(self._n_local)) and self._placement.is_only_overloaded(
            stays=self._stays(order)
        )

    def _stays(self, order: OpenLeg) -> bool:
        return self._n_local < len(self._places) and self._may_record(order.call)

    def _is_given(self, order: OpenLeg) -> bool:
        for number, one in self._workers.items():
            self._placement.slow(number, is_slow=one.link.is_slow)
        stays, urgent = self._stays(order), self._is_urgent(order.call)
        worker = self._placement.place(order.leg, order.call, order.beside, stays=stays, urgent=urgent)
        if worker is None:
            return False
        self._asked[order.leg] = order
        self._order(order, worker)
        return True

    def _give_up(self, leg: LegId) -> None:
        self._stop_waiting(leg)
        _log.error("leg=%s no media worker took it within %.0f s", leg, WAIT_S)
        self._received(LegFailed(leg=leg, reason=Refusal.NO_WORKER))

    def _stop_waiting(self, leg: LegId) -> OpenLeg:
        order, timer = self._waiting.pop(leg)
        timer.cancel()
        return order

    def _open_waiting(self) -> None:
        for leg, (order, _) in list(self._waiting.items()):
            if self._is_given(order):
                self._stop_waiting(leg)

    def _eased(self, worker: int) -> None:
        self._placement.slow(worker, is_slow=self._workers[worker].link.is_slow)
        self._open_waiting()

    def _paced(self, worker: int, late_ms: float) -> None:
        """A worker says how late it is: its door may shut or open."""
        if not self._placement.pace(worker, late_ms):
            return
        is_shut, n_legs = self._placement.is_shut(worker), self._placement.n_legs(worker)
        name = name_of(self._places[self._workers[worker].place])
        how = "is overloaded and takes no new calls" if is_shut else "takes new calls again"
        level = logging.ERROR if is_shut else logging.INFO
        _log.log(level, "%s %s: %.0f ms late, %d legs", name, how, late_ms, n_legs)
        self._note(door_fact(name, is_shut=is_shut, late_ms=late_ms, n_legs=n_legs))
        self._open_waiting()

    def _heard(self, event: WorkerEvent, worker: int) -> None:
        """A process says something of itself, of a leg that it has, or of one that has moved."""
        if self._placement.is_slow(worker) and not self._workers[worker].link.is_slow:
            self._eased(worker)
        match event:
            case WorkerDrains():
                self._placement.drains(worker)
                self._workers[worker].left.set()
            case LegsMustMove():
                self._move(worker)
            case WorkerPace():
                self._paced(worker, event.late_ms)
            case _ if self._moves.is_former(worker, getattr(event, "leg", LegId(""))):
                if isinstance(event, LegClosed):
                    self._moves.closed(worker, event.leg)
            case LegFailed(reason=Refusal.DRAINING) if event.leg in self._asked:
                self._placement.drains(worker)
                self._placement.forget(event.leg)
                self._open(self._asked.pop(event.leg))
            case LegOpened():
                self._received(replace(event, worker=worker, no_room=self._no_room()))
            case RecordingStarted() | RecordingStopped() | RecordingFailed() if self._is_left(event, worker):
                pass  # another worker goes on with it: this one has nothing to say of it any more
            case _:
                self._received(event)

    def _is_left(self, event: RecordingStarted | RecordingStopped | RecordingFailed, worker: int) -> bool:
        return self._placement.recorder(event.recording) not in (None, worker)

    def _received(self, event: MediaEvent) -> None:
        match event:
            case LegClosed() | LegFailed():
                self._placement.forget(event.leg)
                self._asked.pop(event.leg, None)
                self._order_all(self._moves.ended(event.leg))
            case LegOpened():
                self._asked.pop(event.leg, None)
                self._order_all(self._moves.opened(event.leg))
            case MediaStarted():
                self._order_all(self._moves.arrived(event.leg))
            case RecordingStopped() | RecordingFailed():
                self._placement.recorded(event.recording)
        self._deliver(event)

    def _move(self, worker: int) -> None:
        legs = self._placement.down(worker)
        _log.info("media worker %d ends: %d legs move", self._workers[worker].place, len(legs))
        self._order_all(self._moves.begin(worker, legs))
        self._lose(legs)

    def _gone(self, worker: int) -> None:
        lost = self._placement.down(worker)
        self._moves.gone(worker)
        gone = self._workers.pop(worker)
        how = logging.INFO if gone.left.is_set() and not lost else logging.ERROR
        _log.log(how, "media worker %d is gone with %d legs", gone.place, len(lost))
        gone.left.set()
        self._lose(lost)

    def _lose(self, legs: Iterable[LegId]) -> None:
        for leg in legs:
            self._asked.pop(leg, None)
            self._lost(leg)
        self._open_waiting()

    async def _keep(self, place: int) -> None:
        while True:
            worker = next(self._numbers)
            link = self._link(worker, self._places[place])
            await self._connect(link)
            _log.info("media worker %d is connected", place)
            one = self._workers[worker] = _Worker(place, link)
            self._placement.up(worker, is_remote=place >= self._n_local)
            self._up[place].set()
            self._open_waiting()
            await one.left.wait()
            self._up[place].clear()

    def _link(self, worker: int, place: Place) -> MediaLink | RemoteLink:
        def deliver(event: WorkerEvent) -> None:
            self._heard(event, worker)

        def lost() -> None:
            self._gone(worker)

        if isinstance(place, Path):
            return MediaLink(place, deliver, lost)
        return RemoteLink(place, self._ids, deliver, lost=lost, eased=lambda: self._eased(worker))

    async def _connect(self, link: MediaLink | RemoteLink) -> None:
        attempt, said = 0, ""
        while True:
            try:
                return await link.connect()
            except TransportError as error:
                if isinstance(link, RemoteLink) and str(error) != said:
                    said = str(error)
                    _log.warning("media worker: %s", said)
                await asyncio.sleep(link.retry_s(attempt))
                attempt += 1
