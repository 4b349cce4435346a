"""When something that all recordings need (vault, store, database) is asked again after it failed (R-14).

One breaker per thing and not one wait per recording: ten thousand waiting recordings ask a store that is down
as often as one does, and all of them go on at once when it is back.
"""

from pbx.core.ids import Ids
from pbx.recording.finalise import Backoff

OUTAGE = 2  # failures in a row; a single one may be the fault of one recording


class Breaker:
    """Closed until a failure, then open until a time, then half open: one may try."""

    __slots__ = ("_backoff", "_due", "_ids", "n_failures")

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._backoff = Backoff(ids)
        self._due = 0.0
        self.n_failures = 0

    def is_open(self, now: float) -> bool:
        """Whether nobody may ask at monotonic `now`."""
        return self.n_failures > 0 and now < self._due

    def failed(self, now: float) -> float:
        """Count a failure at `now`; return the seconds until somebody may try."""
        self.n_failures += 1
        delay_s = self._backoff.next_delay_s()
        self._due = now + delay_s
        return delay_s

    def succeeded(self) -> bool:
        """Close; return whether this ends an outage, so that those who failed in it need not wait longer."""
        is_end = self.n_failures >= OUTAGE
        if self.n_failures:
            self.n_failures = 0
            self._backoff = Backoff(self._ids)
        return is_end
