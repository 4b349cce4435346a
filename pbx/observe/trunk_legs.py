"""TrunkLegs: the legs of carriers from their INVITE to their end, for ASR, ACD and PDD.

A leg is looked at for itself, not through its call: a transfer takes it to another one.
"""

from dataclasses import dataclass

from pbx.core.ids import LegId
from pbx.observe import catalogue as c
from pbx.observe.causes import status_cause
from pbx.observe.tally import Tally

MAX_LEGS = 25_000  # more than the endpoint has; the oldest is forgotten
_PROGRESS = (180, 183)  # what a caller can hear; 181 and 182 say only that it goes on
_UNANSWERED = {"cancel": "cancel", "timeout": "no_answer"}  # by `LegEnded.how`
Way = tuple[str, str, str]  # tenant, trunk, "in" or "out"


@dataclass(slots=True)
class _TrunkLeg:
    """One leg; times are monotonic seconds."""

    way: Way
    began: float
    has_progress: bool = False
    answered: float | None = None


class TrunkLegs:
    """Counts into a tally; a leg that is not known is no carrier's."""

    __slots__ = ("_legs", "_tally")

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._legs: dict[LegId, _TrunkLeg] = {}

    @property
    def n_legs(self) -> int:
        """How many are followed."""
        return len(self._legs)

    def began(self, leg: LegId, way: Way, now: float) -> None:
        """An INVITE came from a carrier or goes to it."""
        if len(self._legs) >= MAX_LEGS:
            self._legs.pop(next(iter(self._legs)))
        self._legs[leg] = _TrunkLeg(way=way, began=now)
        self._tally.add(c.TRUNK_ATTEMPTS, *way)

    def ringing(self, leg: LegId, status: int, now: float) -> None:
        """A provisional response of a carrier."""
        found = self._legs.get(leg)
        if found is not None and status in _PROGRESS:
            self._progress(found, now)

    def answered(self, leg: LegId, now: float) -> None:
        """A 200, of a carrier or to it."""
        found = self._legs.get(leg)
        if found is None or found.answered is not None:
            return
        self._progress(found, now)
        found.answered = now
        self._tally.add(c.TRUNK_ANSWERED, *found.way)

    def refused(self, leg: LegId, status: int) -> None:
        """A final failure, of a carrier or to it."""
        self._failed(leg, status_cause(status))

    def ended(self, leg: LegId, how: str, now: float) -> None:
        """The leg is over; without an answer it has failed."""
        found = self._legs.get(leg)
        if found is None or found.answered is None:
            self._failed(leg, _UNANSWERED.get(how, "unavailable"))
            return
        del self._legs[leg]
        self._tally.observe(c.TRUNK_DURATION, *found.way, value=now - found.answered)

    def _progress(self, leg: _TrunkLeg, now: float) -> None:
        tenant, trunk, direction = leg.way
        if direction == "out" and not leg.has_progress:
            leg.has_progress = True
            self._tally.observe(c.POST_DIAL_DELAY, tenant, trunk, value=now - leg.began)

    def _failed(self, leg: LegId, cause: str) -> None:
        found = self._legs.pop(leg, None)
        if found is not None:
            self._tally.add(c.TRUNK_FAILED, *found.way, cause)
