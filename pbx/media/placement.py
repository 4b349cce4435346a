"""Placement: which media worker has a leg, and which one gets the next."""

from dataclasses import dataclass, field

from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.overload import MAX_LATE_MS, Overload


@dataclass(slots=True)
class _Worker:
    overload: Overload
    is_remote: bool = False
    is_draining: bool = False
    is_slow: bool = False
    legs: dict[LegId, CallId] = field(default_factory=dict)

    @property
    def is_able(self) -> bool:
        return not self.is_draining and not self.is_slow

    @property
    def has_room(self) -> bool:
        return self.overload.takes(len(self.legs))


class Placement:
    """A call stays with one worker, for legs are bridged there only; a new one goes where fewest legs are.

    A worker that drains, reads its orders too slowly or is overloaded gets no new calls; of overload urgent
    ones know nothing. Each process has its own number. One on another machine gets no call that has to stay
    on this one.
    """

    __slots__ = ("_legs", "_max_late_ms", "_recordings", "_workers")

    def __init__(self, max_late_ms: float = MAX_LATE_MS) -> None:
        self._max_late_ms = max_late_ms
        self._workers: dict[int, _Worker] = {}
        self._legs: dict[LegId, int] = {}
        self._recordings: dict[RecordingId, int] = {}

    def n_legs(self, worker: int) -> int:
        return len(self._workers[worker].legs) if worker in self._workers else 0

    def is_slow(self, worker: int) -> bool:
        return worker in self._workers and self._workers[worker].is_slow

    def is_draining(self, worker: int) -> bool:
        return worker in self._workers and self._workers[worker].is_draining

    def is_shut(self, worker: int) -> bool:
        """Whether a worker is late, or was until a moment ago."""
        return worker in self._workers and self._workers[worker].overload.is_shut

    def is_overloaded(self, worker: int) -> bool:
        """Whether a worker is late, or would be with more legs."""
        return worker in self._workers and not self._workers[worker].has_room

    def late_ms(self, worker: int) -> float:
        """How late a worker was when it said so last."""
        return self._workers[worker].overload.late_ms if worker in self._workers else 0.0

    def up(self, worker: int, *, is_remote: bool = False) -> None:
        """A process serves, and has nothing yet."""
        self._workers[worker] = _Worker(Overload(self._max_late_ms), is_remote)

    def down(self, worker: int) -> dict[LegId, CallId]:
        """A process has ended, or must give up what it has; return its legs, which are nowhere now."""
        state = self._workers.pop(worker, None)
        lost = state.legs if state is not None else {}
        for leg in lost:
            del self._legs[leg]
        self._recordings = {recording: at for recording, at in self._recordings.items() if at != worker}
        return lost

    def drains(self, worker: int) -> None:
        """The process will end when its calls have."""
        if worker in self._workers:
            self._workers[worker].is_draining = True

    def slow(self, worker: int, *, is_slow: bool) -> None:
        """Whether so many orders wait for the process that it must not get more calls."""
        if worker in self._workers:
            self._workers[worker].is_slow = is_slow

    def pace(self, worker: int, late_ms: float) -> bool:
        """A process says how late it is; True when its door has been shut or opened by it."""
        state = self._workers.get(worker)
        return state is not None and state.overload.told(late_ms, len(state.legs))

    def is_only_overloaded(self, *, stays: bool) -> bool:
        """Whether there are workers for a call, and overload is all that keeps them from it."""
        able = self._able(stays=stays)
        return bool(able) and not any(self._workers[worker].has_room for worker in able)

    def place(
        self,
        leg: LegId,
        call: CallId,
        beside: CallId | None = None,
        *,
        stays: bool = False,
        urgent: bool = False,
    ) -> int | None:
        """Return where a leg goes: to its call, the call beside, else the least loaded; None = nowhere.

        A call that `stays` may be recorded: the keys, the spool and the finaliser are on this machine. An
        `urgent` one, for help, goes to an overloaded worker where there is no other.
        """
        known = self._legs.get(leg)
        if known is not None:
            return known
        worker = self._of_call(call)
        if worker is None and beside is not None:
            near = self._of_call(beside)
            worker = None if near is None or self._workers[near].is_draining else near
        if worker is None:
            able = self._able(stays=stays)
            free = [n for n in able if self._workers[n].has_room]
            worker = min(free or (able if urgent else ()), key=self.n_legs, default=None)
        if worker is not None:
            self._legs[leg] = worker
            self._workers[worker].legs[leg] = call
        return worker

    def worker(self, leg: LegId) -> int | None:
        """Return who has a leg."""
        return self._legs.get(leg)

    def forget(self, leg: LegId) -> None:
        """A leg has ended."""
        worker = self._legs.pop(leg, None)
        if worker is not None:
            self._workers[worker].legs.pop(leg)

    def record(self, recording: RecordingId, leg: LegId) -> int | None:
        """Return who records a leg, from now on also found by the recording."""
        worker = self._legs.get(leg)
        if worker is not None:
            self._recordings[recording] = worker
        return worker

    def recorder(self, recording: RecordingId) -> int | None:
        """Return who has a recording."""
        return self._recordings.get(recording)

    def recorded(self, recording: RecordingId) -> None:
        """A recording has ended."""
        self._recordings.pop(recording, None)

    def _able(self, *, stays: bool) -> list[int]:
        return [n for n, one in self._workers.items() if one.is_able and not (stays and one.is_remote)]

    def _of_call(self, call: CallId) -> int | None:
        return next((n for n, one in self._workers.items() if call in one.legs.values()), None)
