"""The only clocks: monotonic seconds for deadlines, aware UTC for facts."""

import time
from datetime import UTC, datetime


def monotonic() -> float:
    """Seconds on the monotonic clock; the same clock in every process of this machine."""
    return time.monotonic()


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def wall_ns() -> int:
    """Nanoseconds of the wall clock; processes of one machine compare them."""
    return time.time_ns()
