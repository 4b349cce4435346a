"""Alarm: the one timer of a runner."""

import asyncio
import math
from collections.abc import Callable

from pbx.core.io.clock import monotonic

GRAIN_S = 0.02  # no timer of SIP is shorter than 500 ms; at 100 calls a second some 900 fall due in one


class Alarm:
    """Rings at the earliest deadline, but no two times within GRAIN_S: what falls due together runs at once.

    `deadline` returns monotonic seconds, infinity for never. It is not asked while the alarm is set as early
    as it may be, which in a busy process it nearly always is.
    """

    __slots__ = ("_deadline", "_due", "_not_before", "_ring", "_timer")

    def __init__(self, ring: Callable[[], None], deadline: Callable[[], float]) -> None:
        self._ring, self._deadline = ring, deadline
        self._timer: asyncio.TimerHandle | None = None
        self._due, self._not_before = math.inf, -math.inf

    def set(self) -> None:
        """A deadline may have changed; one that moved away is found out when its time comes."""
        if self._due <= self._not_before:
            return
        due = max(self._deadline(), self._not_before)
        if due >= self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - monotonic()), self._went_off)

    def _went_off(self) -> None:
        self._timer, self._due = None, math.inf
        self._not_before = monotonic() + GRAIN_S
        self._ring()
