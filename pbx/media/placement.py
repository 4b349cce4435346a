"""Placement: which media worker has a leg, and which one gets the next."""

from dataclasses import dataclass, field

from pbx.core.ids import CallId, LegId, RecordingId


@dataclass(slots=True)
class _Worker:
    is_remote: bool = False
    is_draining: bool = False
    is_slow: bool = False
    legs: dict[LegId, CallId] = field(default_factory=dict)


class Placement:
    """A call stays with one worker, for legs are bridged there only; a new one goes where fewest legs are.

    A worker that drains or reads its orders too slowly gets no new calls. Each process has its own number.
    One on another machine gets no call that has to stay on this one.
    """

    __slots__ = ("_legs", "_recordings", "_workers")

    def __init__(self) -> None:
        self._workers: dict[int, _Worker] = {}
        self._legs: dict[LegId, int] = {}
        self._recordings: dict[RecordingId, int] = {}

    def n_legs(self, worker: int) -> int:
        return len(self._workers[worker].legs) if worker in self._workers else 0

    def is_slow(self, worker: int) -> bool:
        return worker in self._workers and self._workers[worker].is_slow

    def is_draining(self, worker: int) -> bool:
        return worker in self._workers and self._workers[worker].is_draining

    def up(self, worker: int, *, is_remote: bool = False) -> None:
        """A process serves, and has nothing yet."""
        self._workers[worker] = _Worker(is_remote=is_remote)

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

    def place(
        self, leg: LegId, call: CallId, beside: CallId | None = None, *, stays: bool = False
    ) -> int | None:
        """Return where a leg goes: to its call, the call beside, else the least loaded; None = nowhere.

        A call that `stays` may be recorded: the keys, the spool and the finaliser are on this machine.
        """
        known = self._legs.get(leg)
        if known is not None:
            return known
        worker = self._of_call(call)
        if worker is None and beside is not None:
            near = self._of_call(beside)
            worker = None if near is None or self._workers[near].is_draining else near
        if worker is None:
            near_enough = (n for n, one in self._workers.items() if not (stays and one.is_remote))
            free = [n for n in near_enough if _takes_calls(self._workers[n])]
            worker = min(free, key=self.n_legs, default=None)
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

    def _of_call(self, call: CallId) -> int | None:
        return next((n for n, one in self._workers.items() if call in one.legs.values()), None)


def _takes_calls(worker: _Worker) -> bool:
    return not worker.is_draining and not worker.is_slow
