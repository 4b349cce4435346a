"""The timer values of RFC 3261 §17.1.1.1 (Table 4), in seconds."""

from dataclasses import dataclass
from typing import Literal

Timer = Literal["A", "B", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M"]

# Timers that repeat a message until something better happens; the others fire once.
RETRANSMIT: frozenset[Timer] = frozenset("AEG")  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """T1 (round trip), T2 (longest retransmission interval), T4 (longest life of a message)."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def timeout(self) -> float:
        """64*T1: how long a transaction waits for its peer."""
        return 64 * self.t1

    def first(self, timer: Timer, *, reliable: bool) -> float | None:
        """Return the duration of `timer` when it is started; None = it never runs on this transport."""
        if timer in RETRANSMIT:
            return None if reliable else self.t1
        if timer in ("I", "K"):
            return 0.0 if reliable else self.t4
        if timer in ("D", "J"):
            return 0.0 if reliable else self.timeout
        return self.timeout

    def next(self, timer: Timer, interval: float) -> float:
        """Return the interval after `interval`: A doubles without bound, E and G up to T2."""
        return 2 * interval if timer == "A" else min(2 * interval, self.t2)
