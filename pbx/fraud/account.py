"""An account: what its calls to the network have taken, and what those that run are taking."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pbx.core.ids import LegId
from pbx.fraud.policy import Limits, Rates
from pbx.fraud.window import Window

HOUR_S, DAY_S, MINUTE_S = 3600.0, 86400.0, 60.0
# Until a BYE has been heard: a few retransmissions. Calls are charged as if they lasted this much longer, so
# that what a carrier bills stays below the cap.
AHEAD_S = 2.0
NOTHING = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Running:
    """A leg to the network; `since` None = it rings. `limits` are those that were in force when it began."""

    leg: LegId
    rates: Rates
    per_minute: Decimal
    limits: Limits
    tenant_limits: Limits
    since: float | None = None

    def seconds(self, now: float, window_s: float) -> float:
        """Return how much of it lies within a window that ends now."""
        return 0.0 if self.since is None else min(now - self.since, window_s)

    def spend(self, now: float, window_s: float) -> Decimal:
        """Return what it has cost within a window; one that rings costs its first increment."""
        if self.since is None:
            return self.rates.charge(AHEAD_S, self.per_minute)
        return self.rates.running(min(now - self.since + AHEAD_S, window_s), self.per_minute)

    def next_increment(self, now: float) -> float | None:
        """Return when it will cost more, None while it rings or costs nothing."""
        if self.since is None or not self.per_minute:
            return None
        return self.since + self.rates.paid_until_s(now - self.since + AHEAD_S) - AHEAD_S


class Account:
    """Counts of one extension, or of a whole tenant."""

    __slots__ = ("_seconds", "_setups", "_spends", "is_tenant", "refused", "running")

    def __init__(self, refusals_s: float, *, is_tenant: bool) -> None:
        self.is_tenant = is_tenant
        self.running: dict[LegId, Running] = {}
        self.refused = Window(refusals_s)
        self._setups = Window(MINUTE_S)
        self._seconds = (Window(HOUR_S), Window(DAY_S))
        self._spends = (Window(HOUR_S), Window(DAY_S))

    def began(self, now: float) -> None:
        """A call was let pass."""
        self._setups.add(Decimal(1), now)

    def settle(self, seconds: float, spend: Decimal, now: float) -> None:
        """Count a call that is over."""
        for window in self._seconds:
            window.add(Decimal(min(seconds, window.length_s)), now)
        for window in self._spends:
            window.add(spend, now)

    def pardon(self) -> None:
        """Forget what was refused, and what calls that are over have taken."""
        for window in (self.refused, self._setups, *self._seconds, *self._spends):
            window.clear()

    def in_force(self) -> set[Limits]:
        """Return the limits that running calls began with."""
        calls = self.running.values()
        return {one.tenant_limits if self.is_tenant else one.limits for one in calls}

    def denied(self, limits: Limits, price: Decimal, now: float) -> str:
        """Return which limit another call would pass whose first increment costs `price`, "" = none."""
        if limits.concurrent and len(self.running) >= limits.concurrent:
            return "concurrent"
        if limits.per_minute and self._setups.sum(now) >= limits.per_minute:
            return "per_minute"
        return self.exceeded(limits, now, more=price) or self._used_up(limits, now)

    def exceeded(self, limits: Limits, now: float, more: Decimal = NOTHING) -> str:
        """Return which amount is above its limit, "" = none."""
        spends = (limits.spend_per_hour, limits.spend_per_day)
        for name, limit, window in zip(
            ("spend_per_hour", "spend_per_day"), spends, self._spends, strict=True
        ):
            if limit and self._spent(window, now) + more > limit:
                return name
        return self._minutes(limits, now, AHEAD_S)

    def next_look(self, now: float) -> float | None:
        """Return when one of the running calls can pass a limit at the earliest."""
        dues = [due for one in self.running.values() if (due := one.next_increment(now)) is not None]
        for limits in self.in_force():
            dues += self._minutes_due(limits, now)
        return max(now, min(dues)) if dues else None

    def _spent(self, window: Window, now: float) -> Decimal:
        running = sum((one.spend(now, window.length_s) for one in self.running.values()), NOTHING)
        return window.sum(now) + running

    def _used(self, window: Window, now: float, ahead_s: float) -> float:
        talking = [one for one in self.running.values() if one.since is not None]
        return float(window.sum(now)) + sum(one.seconds(now, window.length_s) + ahead_s for one in talking)

    def _minutes(self, limits: Limits, now: float, ahead_s: float) -> str:
        pairs = zip(_minutes_of(limits), self._seconds, strict=True)
        for (name, limit), window in pairs:
            if limit and self._used(window, now, ahead_s) > limit * 60:
                return name
        return ""

    def _used_up(self, limits: Limits, now: float) -> str:
        """Which minutes leave nothing for another call."""
        for (name, limit), window in zip(_minutes_of(limits), self._seconds, strict=True):
            if limit and self._used(window, now, AHEAD_S) + AHEAD_S > limit * 60:
                return name
        return ""

    def _minutes_due(self, limits: Limits, now: float) -> Iterable[float]:
        talking = sum(one.since is not None for one in self.running.values())
        for (_, limit), window in zip(_minutes_of(limits), self._seconds, strict=True):
            if limit and talking:
                left = limit * 60 - self._used(window, now, AHEAD_S)
                yield now + max(left, 0.0) / talking + 0.001


def _minutes_of(limits: Limits) -> tuple[tuple[str, int], tuple[str, int]]:
    return (("minutes_per_hour", limits.minutes_per_hour), ("minutes_per_day", limits.minutes_per_day))
