"""Rota: which places of a ring begin when, and until when each of them rings."""

from collections.abc import Sequence
from dataclasses import dataclass

from pbx.core.ids import LegId
from pbx.dialplan.routes import ToTrunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An extension, or the number of a `route`; seconds, `ring_s` None = up to the end of the ring.

    `asks_key` = who is called at the number takes the call by a key.
    """

    extension: str = ""
    route: ToTrunk | None = None
    after_s: float = 0.0
    ring_s: float | None = None
    asks_key: bool = True

    @property
    def name(self) -> str:
        """What it is known by: one name rings once."""
        return self.extension or (self.route.number if self.route is not None else "")


class Rota:
    """Places that wait for their turn, and legs whose turn ends before the ring does."""

    __slots__ = ("_began", "_ends", "_legs", "_waiting")

    def __init__(self, places: Sequence[Place], now: float) -> None:
        self._waiting = sorted(places, key=lambda one: one.after_s)
        self._began = now
        self._ends: dict[str, float] = {}
        self._legs: dict[LegId, str] = {}

    @property
    def n_waiting(self) -> int:
        """How many places have not begun to ring."""
        return len(self._waiting)

    @property
    def deadline(self) -> float | None:
        """When a place begins or ends."""
        begins = [self._began + one.after_s for one in self._waiting[:1]]
        ends = [self._ends[name] for name in self._legs.values() if name in self._ends]
        return min((*begins, *ends), default=None)

    def begin(self, now: float, *, is_quiet: bool = False) -> list[Place]:
        """Return the places whose turn has come; where nobody rings (`is_quiet`) the next do not wait."""
        until = now - self._began
        if is_quiet and self._waiting:
            until = max(until, self._waiting[0].after_s)
        begun = [one for one in self._waiting if one.after_s <= until]
        self._waiting = self._waiting[len(begun) :]
        self._ends.update((one.name, now + one.ring_s) for one in begun if one.ring_s is not None)
        return begun

    def end_of(self, name: str) -> float | None:
        """Until when a place rings, None = as long as the ring."""
        return self._ends.get(name)

    def rings(self, name: str, leg: LegId) -> None:
        """A leg rings for a place."""
        self._legs[leg] = name

    def stays(self, leg: LegId) -> None:
        """Somebody has picked up: the turn of this leg does not end."""
        self._legs.pop(leg, None)

    def over(self, now: float) -> list[LegId]:
        """Return the legs whose turn is over, each once."""
        over = [leg for leg, name in self._legs.items() if self._ends.get(name, now + 1) <= now]
        for leg in over:
            del self._legs[leg]
        return over
