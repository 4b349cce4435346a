"""Token buckets by source: how many messages of one source are looked at."""

from collections.abc import Hashable
from dataclasses import dataclass

MAX_SOURCES = 100_000  # some 15 MB
TRIES = 8  # how many old entries are looked at to find one to forget


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many messages a second, after a burst; `per_s` 0 = without limit."""

    per_s: float
    burst: int


UNLIMITED = Rate(per_s=0, burst=1)


class Buckets:
    """Full buckets hold `burst` tokens and get `per_s` more each second; a message costs one.

    A bucket is kept as the one moment at which it will be full again. A full one is as good as none, so
    the table forgets those first; then one that was used longest ago.
    """

    __slots__ = ("_cost_s", "_depth_s", "_full_at", "_max_sources")

    def __init__(self, rate: Rate, max_sources: int = MAX_SOURCES) -> None:
        self._cost_s = 1.0 / rate.per_s if rate.per_s else 0.0
        self._depth_s = self._cost_s * rate.burst
        self._full_at: dict[Hashable, float] = {}
        self._max_sources = max_sources

    def take(self, source: Hashable, now: float) -> bool:
        """Whether there was a token for a message of `source`."""
        full_at = self._full_at.get(source)
        if full_at is None:
            if len(self._full_at) >= self._max_sources:
                self._forget(now)
            full_at = now
        elif full_at < now:
            full_at = now
        full_at += self._cost_s
        if full_at - now > self._depth_s + self._cost_s / 2:  # half a token against rounding
            return False
        self._full_at[source] = full_at
        return True

    def __len__(self) -> int:
        return len(self._full_at)

    def _forget(self, now: float) -> None:
        """Make room for one; an old entry that is still in use gets another turn."""
        table = self._full_at
        for _ in range(TRIES):
            oldest = next(iter(table))
            full_at = table.pop(oldest)
            if full_at <= now:
                return
            table[oldest] = full_at
        del table[next(iter(table))]
