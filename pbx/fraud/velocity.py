"""Velocity: how many calls a minute come from the network, to whom and from whom, and who only rings up."""

from dataclasses import dataclass

from pbx.sip.defence.buckets import Buckets, Rate

MINUTE_S = 60.0
MAX_KNOWN = 10_000  # numbers of callers are cheap to invent
RANGE_DIGITS = 3  # a range = the thousand numbers that differ in these last digits: blocks are given out so
HIDDEN = "hidden"  # the range of all who hide their numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLimits:
    """Calls a minute, all of them at once if need be; 0 = without limit.

    More than `short_calls` answered calls of a range within `within_s` that are over within `short_s` close
    the tenant for that range for `within_s`.
    """

    per_number: int = 0
    per_caller: int = 0
    per_caller_range: int = 0
    per_number_range: int = 0
    short_calls: int = 0
    short_s: float = 6.0
    within_s: float = 600.0


class Velocity:
    """One bucket for each number, each caller and each range of a tenant."""

    __slots__ = ("_buckets", "_closed")

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, float], Buckets] = {}
        self._closed: dict[tuple[str, str], float] = {}  # until when, by tenant and range

    def denied(self, limits: InboundLimits, tenant: str, called: str, caller: str | None, now: float) -> str:
        """Count a call; return which limit it is beyond, "" = none.

        A caller who hides has no limit of his own, but shares the one of short calls with all who hide.
        """
        if limits.short_calls and self._closed.get((tenant, _range(caller)), now) > now:
            return "short_calls"
        asked = [(limits.per_number_range, "to_range", _range(called)), (limits.per_number, "number", called)]
        if caller is not None:
            asked += [
                (limits.per_caller_range, "caller_range", _range(caller)),
                (limits.per_caller, "caller", caller),
            ]
        for per_minute, name, key in reversed(asked):
            if not self._take((per_minute, MINUTE_S), (tenant, name, key), now):
                return name
        return ""

    def short(self, limits: InboundLimits, tenant: str, caller: str | None, now: float) -> None:
        """A short call is over; too many of them close the range of their callers for a while."""
        key = _range(caller)
        if not self._take((limits.short_calls, limits.within_s), (tenant, "short_calls", key), now):
            if len(self._closed) >= MAX_KNOWN:
                self._closed = {one: until for one, until in self._closed.items() if until > now}
            if len(self._closed) < MAX_KNOWN:
                self._closed[tenant, key] = now + limits.within_s

    def _take(self, limit: tuple[int, float], key: tuple[str, str, str], now: float) -> bool:
        most, within_s = limit
        if not most:
            return True
        if limit not in self._buckets:
            self._buckets[limit] = Buckets(Rate(per_s=most / within_s, burst=most), MAX_KNOWN)
        return self._buckets[limit].take(key, now)


def _range(number: str | None) -> str:
    return HIDDEN if number is None else number[:-RANGE_DIGITS] or number
