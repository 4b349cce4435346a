"""The one 20 ms clock of all players: a drift-free schedule, never more than three frames at once."""

import asyncio
from collections.abc import Callable

from pbx.core.io.clock import monotonic
from pbx.media.player import FRAME_MS

MAX_BURST = 3  # a receiver's jitter buffer takes 60 ms; what is later than that is skipped
_FRAME_S = FRAME_MS / 1000
_EARLY_S = 0.001  # the loop's timers count whole milliseconds


class FrameTicker:
    """Calls `send_frame(now)` for each 20 ms due while it returns True (somebody plays)."""

    __slots__ = ("_next", "_send_frame", "_timer")

    def __init__(self, send_frame: Callable[[float], bool]) -> None:
        self._send_frame = send_frame
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0

    def wake(self) -> None:
        """Begin with a frame at once unless already running."""
        if self._timer is None:
            self._next = monotonic()
            self._schedule(self._next)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, now: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(max(self._next - now, 0.0), self._run)

    def _run(self) -> None:
        now = monotonic()
        n_due, self._next = frames_due(self._next, now)
        busy = True
        for _ in range(n_due):
            busy = self._send_frame(now)
        self._timer = None
        if busy:
            self._schedule(now)


def frames_due(next_at: float, now: float) -> tuple[int, float]:
    """Return how many frames to send at `now`, and when the next one is due on the same grid."""
    if now < next_at - _EARLY_S:
        return 0, next_at
    n_elapsed = int((now - next_at) / _FRAME_S) + 1 if now > next_at else 1
    return min(n_elapsed, MAX_BURST), next_at + n_elapsed * _FRAME_S
