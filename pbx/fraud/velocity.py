"""Velocity: how many calls a minute one number of ours, and one caller, may get from the network."""

from dataclasses import dataclass

from pbx.sip.defence.buckets import Buckets, Rate

MINUTE_S = 60.0
MAX_KNOWN = 10_000  # numbers of callers are cheap to invent


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLimits:
    """Calls a minute, all of them at once if need be; 0 = without limit."""

    per_number: int = 0
    per_caller: int = 0


class Velocity:
    """One bucket for each number and each caller of a tenant."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[int, Buckets] = {}

    def denied(self, limits: InboundLimits, tenant: str, called: str, caller: str | None, now: float) -> str:
        """Count a call; return which limit it is beyond, "" = none.

        A caller who hides has no limit of his own.
        """
        if caller is not None and not self._take(limits.per_caller, (tenant, "caller", caller), now):
            return "caller"
        return "" if self._take(limits.per_number, (tenant, "number", called), now) else "number"

    def _take(self, per_minute: int, key: tuple[str, str, str], now: float) -> bool:
        if not per_minute:
            return True
        if per_minute not in self._buckets:
            rate = Rate(per_s=per_minute / MINUTE_S, burst=per_minute)
            self._buckets[per_minute] = Buckets(rate, MAX_KNOWN)
        return self._buckets[per_minute].take(key, now)
