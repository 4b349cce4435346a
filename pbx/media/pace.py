"""Pace: how late a worker is with what it does, by a beat that should come ten times in a second."""

from statistics import median
from typing import Final

BEAT_S: Final = 0.1
REPORT_S: Final = 1.0


class Pace:
    """`beat` takes how late each one is and returns the median in ms when a second is over.

    Half of all that was due in the second was later than this. One stall, however long, is one late beat.
    """

    __slots__ = ("_beats", "_ends", "_report_s")

    def __init__(self, now: float, report_s: float = REPORT_S) -> None:
        self._beats: list[float] = []
        self._report_s = report_s
        self._ends = now + report_s

    def beat(self, late_s: float, now: float) -> float | None:
        """Take a beat at monotonic `now`."""
        self._beats.append(late_s)
        if now < self._ends:
            return None
        late_ms = round(median(self._beats) * 1000, 1)
        self._beats.clear()
        self._ends = now + self._report_s
        return late_ms
