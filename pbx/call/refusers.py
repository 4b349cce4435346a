"""Refusers: who sits in a conference that has to be recorded, and does not agree to it (C-12).

The others go on, recorded. He is told, has a while for a goodbye, and gives up his seat: what has to be
recorded is not talked over with somebody of whom nothing is kept.
"""

from collections.abc import Collection

from pbx.call.grace import GRACE_S
from pbx.core.ids import LegId


class Refusers:
    """Each with the end of his time. A rule that wants nothing recorded any more lets him stay."""

    __slots__ = ("_dues", "_untold")

    def __init__(self) -> None:
        self._dues: dict[LegId, float] = {}
        self._untold: set[LegId] = set()

    @property
    def deadline(self) -> float | None:
        """When the first of them has to go."""
        return min(self._dues.values(), default=None)

    def follow(self, legs: Collection[LegId], now: float) -> None:
        """These refuse now; whoever did before keeps the time that he has."""
        new = [leg for leg in legs if leg not in self._dues]
        self._dues = {leg: due for leg, due in self._dues.items() if leg in legs}
        self._dues |= dict.fromkeys(new, now + GRACE_S)
        self._untold = (self._untold & self._dues.keys()) | set(new)

    def is_to_hear(self, leg: LegId) -> bool:
        """Whether he has to be told that he leaves; once is enough."""
        is_untold = leg in self._untold
        self._untold.discard(leg)
        return is_untold

    def take_over(self, now: float) -> list[LegId]:
        """Those whose time is up, each once."""
        over = [leg for leg, due in self._dues.items() if due <= now]
        for leg in over:
            del self._dues[leg]
        return over
