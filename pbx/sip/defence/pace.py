"""Pace: how fast messages are taken from one connection, whose sender can be made to wait."""

from pbx.sip.defence.buckets import Rate


class Pace:
    """`rate.burst` messages at once, then `rate.per_s` a second; 0 a second = without limit.

    Over UDP what is too much is lost. A stream has flow control: what is not read stays with the sender, and
    costs us neither parsing nor memory.
    """

    __slots__ = ("_cost_s", "_depth_s", "_full_at")

    def __init__(self, rate: Rate) -> None:
        self._cost_s = 1.0 / rate.per_s if rate.per_s else 0.0
        self._depth_s = self._cost_s * (rate.burst - 1)
        self._full_at = 0.0

    def wait_s(self, now: float) -> float:
        """Take one message, returns 0.0; or the seconds until there may be one."""
        full_at = max(self._full_at, now)
        wait_s = full_at - now - self._depth_s
        if wait_s > 0:
            return wait_s
        self._full_at = full_at + self._cost_s
        return 0.0
