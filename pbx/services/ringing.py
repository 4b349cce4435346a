"""Ringing several destinations at once until one answers: the decision, without the legs' details."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.ids import LegId

BUSY_STATUSES = frozenset({486, 600, 603})  # a person or phone that says no
# About our own INVITE, not about the called person: a caller's phone could only misread them.
OURS_ALONE = frozenset({401, 407, 420, 421, 422, 423, 481, 487, 494})
UNAVAILABLE = 480
SERVER_ERROR, SERVICE_UNAVAILABLE = 500, 503
MORE_S = 20.0  # that a ring may last longer, for those who have picked up and not taken the call yet
ALL_REFUSED = 600  # RFC 3261 §16.7 point 6: a 6xx is chosen before any other response


@dataclass(frozen=True, slots=True, kw_only=True)
class RingWon:
    """This leg answered first; the others are to be cancelled."""

    winner: LegId
    losers: tuple[LegId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingLost:
    """Nobody answered; `status` is the most telling final answer, 0 when time ran out."""

    outcome: Literal["no_answer", "busy"]
    status: int
    pending: tuple[LegId, ...]


class Ringing:
    """Legs that ring together, with one deadline for all."""

    __slots__ = ("_deadline", "_legs", "_lookups", "_most", "_statuses")

    def __init__(self, *, lookups: int, due: float) -> None:
        """`lookups` = how many destinations are still to be turned into legs."""
        self._legs: list[LegId] = []
        self._statuses: list[int] = []
        self._lookups = lookups
        self._deadline: float | None = due
        self._most = due

    @property
    def deadline(self) -> float | None:
        """When ringing gives up."""
        return self._deadline

    def found(self, legs: tuple[LegId, ...]) -> RingLost | None:
        """A destination has these devices (none = not registered)."""
        self._lookups -= 1
        self._legs.extend(legs)
        if not legs:
            self._statuses.append(UNAVAILABLE)
        return self._settle()

    def is_quiet(self, n_waiting: int) -> bool:
        """Whether nobody rings, and none is to be found but `n_waiting` that are to ring later."""
        return self._deadline is not None and not self._legs and self._lookups <= n_waiting

    def lasts(self, until: float) -> None:
        """Somebody who has picked up in time is asked something: it rings up to his answer."""
        if self._deadline is not None:
            self._deadline = min(max(self._deadline, until), self._most + MORE_S)

    def is_alone(self, leg: LegId) -> bool:
        """Whether nobody but this leg rings or is still to be found."""
        return self._legs == [leg] and self._lookups <= 0

    def replace(self, leg: LegId, successor: LegId) -> None:
        """Another leg stands in for one that failed; what became of that one counts no more."""
        self._legs = [successor if one == leg else one for one in self._legs]

    def add(self, legs: tuple[LegId, ...]) -> None:
        """More legs ring with the others."""
        self._legs.extend(legs)

    def answered(self, leg: LegId) -> RingWon | None:
        """A leg answered; None when somebody else did before."""
        if self._deadline is None or leg not in self._legs:
            return None
        self._deadline = None
        return RingWon(winner=leg, losers=tuple(other for other in self._legs if other != leg))

    def refused(self, leg: LegId, status: int) -> RingLost | None:
        """A leg got a final failure or ended."""
        if leg not in self._legs:
            return None
        self._legs.remove(leg)
        self._statuses.append(_told(status))
        return self._settle()

    def tick(self, now: float) -> RingLost | None:
        """Time is up."""
        if self._deadline is None or now < self._deadline:
            return None
        self._deadline = None
        return RingLost(outcome="no_answer", status=0, pending=tuple(self._legs))

    def _settle(self) -> RingLost | None:
        if self._legs or self._lookups > 0 or self._deadline is None:
            return None
        self._deadline = None
        busy = [status for status in self._statuses if status in BUSY_STATUSES]
        best = min(self._statuses, key=_rank, default=UNAVAILABLE)
        return RingLost(outcome="busy" if busy else "no_answer", status=best, pending=())


def _rank(status: int) -> tuple[bool, int, bool, int]:
    """Order final responses, best first (RFC 3261 §16.7 point 6): 6xx, then the lowest class.

    Within a class the choice is ours: busy, as it is about a person, then the highest number.
    """
    return status < ALL_REFUSED, status // 100, status not in BUSY_STATUSES, -status


def _told(status: int) -> int:
    """Return what the caller may be told; a redirection is not followed, and useless without its Contact.

    A 503 speaks about the callee's element only; passed on, it would be about us (RFC 3261 §16.7 point 6).
    """
    if status == SERVICE_UNAVAILABLE:
        return SERVER_ERROR
    return UNAVAILABLE if status < 400 or status in OURS_ALONE else status
