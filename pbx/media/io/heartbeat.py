"""The heartbeat of a worker: notes how late its loop is, and tells it once in a second."""

import asyncio
from collections.abc import Callable

from pbx.core.io.clock import monotonic
from pbx.media.events import WorkerPace
from pbx.media.pace import BEAT_S, REPORT_S, Pace


class Heartbeat:
    """Beats ten times in a second. `behind(now)`, in seconds, is how far packets are behind in a loop that is
    in time itself.
    """

    __slots__ = ("_behind", "_due", "_pace", "_report_s", "_tell", "_timer")

    def __init__(
        self,
        behind: Callable[[float], float],
        tell: Callable[[WorkerPace], None],
        *,
        report_s: float = REPORT_S,
    ) -> None:
        self._behind, self._tell, self._report_s = behind, tell, report_s
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._pace = Pace(0.0)

    def start(self) -> None:
        """Beat until `stop`."""
        now = monotonic()
        self._pace = Pace(now, self._report_s)
        self._schedule(now)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, now: float) -> None:
        self._due = now + BEAT_S
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        now = monotonic()
        late_ms = self._pace.beat(max(now - self._due, self._behind(now), 0.0), now)
        if late_ms is not None:
            self._tell(WorkerPace(late_ms=late_ms))
        self._schedule(now)
