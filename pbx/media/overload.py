"""Overload: whether a media worker that says how late it is may take new calls.

One late report is a machine that stood still for a moment; several in a row are a worker with more calls
than it carries. Its door opens again after a calm time only, and then not for as many legs as made it late:
who takes as many calls as come would be late again within seconds, and all of its calls with it.
"""

import math
from typing import Final

from pbx.core.audit import AuditFact

MAX_LATE_MS: Final = 60.0  # three packets: jitter buffers hide it, and our 20 ms clock catches it up
LATE_REPORTS: Final = 3  # in a row shut the door; the two seconds of a stall are two at most
CALM_REPORTS: Final = 10  # in a row open it: no worse than half of what is too late
CEILING_SHARE: Final = 0.9  # of the legs with which it was late
FORGET_REPORTS: Final = 120  # calm ones after which nobody knows any more what made it late


class Overload:
    """`told` takes the worker's reports, one in a second; `takes` is asked for each new call."""

    __slots__ = ("_ceiling", "_max_late_ms", "_n_calm", "_n_late", "is_shut", "late_ms")

    def __init__(self, max_late_ms: float = MAX_LATE_MS) -> None:
        self._max_late_ms = max_late_ms
        self._n_late = self._n_calm = 0  # reports in a row
        self._ceiling = math.inf  # legs
        self.is_shut = False
        self.late_ms = 0.0  # as reported last

    def takes(self, n_legs: int) -> bool:
        """Whether a worker with so many legs may get another call."""
        return not self.is_shut and n_legs < self._ceiling

    def told(self, late_ms: float, n_legs: int) -> bool:
        """Take a report of a worker with so many legs; True when its door has been shut or opened by it."""
        self.late_ms = late_ms
        is_late, is_calm = late_ms > self._max_late_ms, late_ms <= self._max_late_ms / 2
        self._n_late = self._n_late + 1 if is_late else 0
        self._n_calm = self._n_calm + 1 if is_calm else 0
        if self.is_shut:
            self.is_shut = self._n_calm < CALM_REPORTS
            return not self.is_shut
        if self._n_late >= LATE_REPORTS:
            self.is_shut = True
            self._ceiling = max(1, math.floor(n_legs * CEILING_SHARE))
            return True
        if is_calm:
            # A leg a second: a machine that was wanted elsewhere has all its room again in a minute or two.
            self._ceiling = math.inf if self._n_calm >= FORGET_REPORTS else self._ceiling + 1
        return False


def door_fact(worker: str, *, is_shut: bool, late_ms: float, n_legs: int) -> AuditFact:
    """Return the fact that a worker's door has been shut or opened."""
    details: dict[str, str | int | bool | None] = {
        "worker": worker,
        "late_ms": round(late_ms),
        "legs": n_legs,
    }
    return AuditFact(kind="media.overloaded" if is_shut else "media.eased", details=details)
