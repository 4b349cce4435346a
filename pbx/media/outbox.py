"""Facts that wait for signalling: bounded by what there is to tell of, never by dropping what matters.

A report or a state is worth nothing once there is a newer one of the same leg: the newer one takes its place.
Everything else waits, in its order. Answers are as many as orders; digits alone could come for ever.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from pbx.core.ids import LegId
from pbx.media.events import (
    ActiveTalker,
    AudioFault,
    DigitReceived,
    LegClosed,
    MediaStarted,
    MediaTimedOut,
    QualityReport,
    TalkStarted,
    TalkStopped,
    ToneHeard,
    WorkerEvent,
    WorkerPace,
)

# A machine that presses keys at 12 a second needs 43 s for these, a person ten times as long.
MAX_DIGITS = 512

Key = tuple[object, ...]
# What a newer fact replaces. All else is an answer to an order, or a digit, and waits for its turn.
_SUBJECTS: dict[type, Callable[[Any], Key]] = {
    QualityReport: lambda event: (QualityReport, event.leg),
    MediaStarted: lambda event: (MediaStarted, event.leg),
    MediaTimedOut: lambda event: (MediaTimedOut, event.leg),
    AudioFault: lambda event: (AudioFault, event.leg, event.kind),
    ActiveTalker: lambda event: (ActiveTalker, event.room),
    TalkStarted: lambda event: (TalkStarted, event.leg),
    TalkStopped: lambda event: (TalkStarted, event.leg),  # the newest says how it is
    ToneHeard: lambda event: (ToneHeard, event.leg, event.tone),
    WorkerPace: lambda event: (WorkerPace,),
}


class Outbox:
    """`put` takes facts, `pop` gives them out in order; a replaced one has the place of the newer."""

    __slots__ = ("_digits", "_next", "_waiting", "n_refused")

    def __init__(self) -> None:
        self._waiting: OrderedDict[Key, WorkerEvent] = OrderedDict()
        self._digits: Counter[LegId] = Counter()
        self._next = 0
        self.n_refused = 0  # digits that came when MAX_DIGITS of their leg waited already

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: WorkerEvent) -> None:
        """Let a fact wait. A leg that has ended needs no report of how it was."""
        subject = _SUBJECTS.get(type(event))
        if subject is not None:
            key = subject(event)
            if self._waiting.get(key) != event:
                self._waiting.pop(key, None)
                self._waiting[key] = event
            return
        if isinstance(event, DigitReceived):
            if self._digits[event.leg] >= MAX_DIGITS:
                self.n_refused += 1
                return
            self._digits[event.leg] += 1
        elif isinstance(event, LegClosed):
            self._waiting.pop((QualityReport, event.leg), None)
        self._next += 1
        self._waiting[(self._next,)] = event

    def pop(self) -> WorkerEvent:
        """Return the oldest fact; IndexError when none waits."""
        if not self._waiting:
            raise IndexError("no fact waits")
        _, event = self._waiting.popitem(last=False)
        if isinstance(event, DigitReceived):
            self._digits[event.leg] -= 1
            if not self._digits[event.leg]:
                del self._digits[event.leg]
        return event

    def clear(self) -> None:
        """Forget everything: whom it was for is gone."""
        self._waiting.clear()
        self._digits.clear()
