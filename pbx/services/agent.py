"""One agent of the queues of a tenant: what he has said of himself, and what he does just now (ACD-04).

    logged out <-> ready <-> paused                     what he says, at any time
    ready -> offered -> busy -> wrap-up -> ready        what he does; a pause or logout counts when he is free

Nobody sticks: an offer has a lease, a talk ends with its call, a wrap-up with its time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from pbx.core.ids import CallId

LEASE_S = 30.0  # beyond the ringing: a call that has not said by then what came of an offer never will
MISSED = "missed"  # reason of a pause that too many unanswered calls have made


class AgentState(StrEnum):
    """What others see."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    PAUSED = "paused"
    OFFERED = "offered"
    BUSY = "busy"
    WRAP_UP = "wrap_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """He takes calls from now on; a pause is over with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut:
    """He takes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """He takes none for a while, and says why."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """The pause is over, or the wrap-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A call rings at his telephones for `ring_s`."""

    call: CallId
    ring_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Won:
    """He talks with the caller."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """He has not answered; `limit` such calls in a row pause him, 0 = never. He rests for a moment."""

    call: CallId
    limit: int
    rest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The offer is over, and not by him: somebody else was faster, or he is on the line."""

    call: CallId
    rest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOver:
    """He talks with that caller no more."""

    call: CallId
    wrap_up_s: float


Wish = LogIn | LogOut | Pause | Resume
AgentEvent = Wish | Offer | Won | Missed | Passed | TalkOver


class Agent:
    """What he wishes (`is_in`, `pause`) is kept apart from what he does, so that neither undoes the other."""

    __slots__ = ("_call", "_due", "_rests", "_state", "idle_since", "is_in", "misses", "n_answered", "pause")

    def __init__(self, *, is_in: bool, now: float, pause: str | None = None) -> None:
        """`pause` None = he has none; the reason may be ""."""
        self.is_in, self.pause = is_in, pause
        self.idle_since = now
        self.misses = self.n_answered = 0
        self._state: AgentState | None = None  # what he does, None = nothing
        self._call: CallId | None = None
        self._due: float | None = None
        self._rests: float | None = None  # until when nothing is offered

    @property
    def state(self) -> AgentState:
        """What he does, else what he has said."""
        if self._state is not None:
            return self._state
        if not self.is_in:
            return AgentState.LOGGED_OUT
        return AgentState.PAUSED if self.pause is not None else AgentState.READY

    @property
    def call(self) -> CallId | None:
        """That rings at his telephones, or that he has."""
        return self._call

    def is_free(self, now: float) -> bool:
        """Whether a call may be offered to him, as far as he is concerned."""
        return self.state is AgentState.READY and (self._rests is None or self._rests <= now)

    @property
    def deadline(self) -> float | None:
        """When a lease, a wrap-up or a rest is over; None = nothing is to end by itself."""
        return self._due if self._due is not None else self._rests

    def handle(self, event: AgentEvent, now: float) -> bool:
        """React; True = what he has said of himself has changed."""
        match event:
            case LogIn() | LogOut() | Pause() | Resume():
                return self._wishes(event, now)
            case Offer():
                if self.is_free(now):
                    self._does(AgentState.OFFERED, event.call, now + event.ring_s + LEASE_S)
                return False
            case Won():
                if self._call == event.call or self._state is None:
                    self.misses = 0
                    self.n_answered += 1
                    self._does(AgentState.BUSY, event.call, None)
                return False
            case Missed():
                return self._missed(event, now)
            case Passed():
                if self._is_offered(event.call):
                    self._is_free_again(now, event.rest_s)
                return False
            case TalkOver():
                if self._state is AgentState.BUSY and self._call == event.call:
                    self._wraps_up(event.wrap_up_s, now)
                return False
        assert_never(event)

    def tick(self, now: float) -> bool:
        """Time is up; True = something is over with it."""
        if self._due is None and self._rests is not None and self._rests <= now:
            self._rests = None
            return True
        if self._due is None or now < self._due:
            return False
        self._is_free_again(now, 0.0)
        return True

    def _wishes(self, event: Wish, now: float) -> bool:
        before = (self.is_in, self.pause)
        match event:
            case LogIn():
                self.is_in, self.pause, self.misses, self._rests = True, None, 0, None
            case LogOut():
                self.is_in, self.pause = False, None
            case Pause():
                self.pause = event.reason if self.is_in else None
            case Resume():
                self.pause, self.misses, self._rests = None, 0, None
                if self._state is AgentState.WRAP_UP:
                    self._is_free_again(now, 0.0)
            case _:
                assert_never(event)
        if before != (self.is_in, self.pause) and self._state is None:
            self.idle_since = now
        return before != (self.is_in, self.pause)

    def _missed(self, event: Missed, now: float) -> bool:
        if not self._is_offered(event.call):
            return False
        self._is_free_again(now, event.rest_s)
        self.misses += 1
        if not event.limit or self.misses < event.limit or self.pause is not None or not self.is_in:
            return False
        self.pause = MISSED
        return True

    def _is_offered(self, call: CallId) -> bool:
        return self._state is AgentState.OFFERED and self._call == call

    def _does(self, state: AgentState, call: CallId, due: float | None) -> None:
        self._state, self._call, self._due = state, call, due

    def _wraps_up(self, wrap_up_s: float, now: float) -> None:
        self._call = None
        if wrap_up_s <= 0:
            self._is_free_again(now, 0.0)
            return
        self._state, self._due = AgentState.WRAP_UP, now + wrap_up_s

    def _is_free_again(self, now: float, rest_s: float) -> None:
        self._state = self._call = self._due = None
        self.idle_since, self._rests = now, now + rest_s if rest_s > 0 else None


def states(agents: Iterable[Agent]) -> dict[AgentState, int]:
    """How many agents are in each state."""
    found = dict.fromkeys(AgentState, 0)
    for agent in agents:
        found[agent.state] += 1
    return found
