"""What an admin decided about calls to the network: who may call where, how much, at which rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, tzinfo
from decimal import ROUND_CEILING, Decimal

from pbx.fraud.destinations import USUAL, Destination, destination, longest
from pbx.fraud.reputation import Reputation
from pbx.fraud.velocity import InboundLimits

NOTHING = Decimal(0)
_ROUNDING_S = 1e-6  # a deadline is not missed for the last bit of a float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one account may have; 0 = without limit. Minutes and money are those of any hour or 24 hours."""

    concurrent: int = 0
    per_minute: int = 0
    minutes_per_hour: int = 0
    minutes_per_day: int = 0
    spend_per_hour: Decimal = NOTHING
    spend_per_day: Decimal = NOTHING

    def tightened(self, percent: int) -> "Limits":
        """Return these limits at so many percent; one that is there stays there."""
        counts = ("concurrent", "per_minute", "minutes_per_hour", "minutes_per_day")
        tight = {name: -(-getattr(self, name) * percent // 100) for name in counts}
        share = Decimal(percent) / 100
        return replace(
            self,
            **tight,
            spend_per_hour=self.spend_per_hour * share,
            spend_per_day=self.spend_per_day * share,
        )


REFUSALS_S = 600.0
EXTENSION = Limits(
    concurrent=4,
    per_minute=10,
    minutes_per_hour=180,
    minutes_per_day=600,
    spend_per_hour=Decimal(10),
    spend_per_day=Decimal(30),
)
TENANT = Limits(concurrent=50, per_minute=120, spend_per_hour=Decimal(100), spend_per_day=Decimal(300))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolicy:
    """What one extension may; `forward` = where calls may go that it sends on."""

    allow: frozenset[Destination] = USUAL
    forward: frozenset[Destination] = USUAL
    limits: Limits = EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Money a minute, by the longest prefix, else by class; every begun `increment_s` is paid in full."""

    increment_s: int = 60
    classes: Mapping[Destination, Decimal] = field(default_factory=dict)
    prefixes: Mapping[str, Decimal] = field(default_factory=dict)

    def per_minute(self, e164: str, kind: Destination) -> Decimal:
        """Return what a minute costs."""
        found = longest(e164, self.prefixes)
        return found if found is not None else self.classes.get(kind, DEFAULT_RATES[kind])

    def paid_until_s(self, seconds: float) -> int:
        """Return to which second a call is paid that has lasted so long: a new increment has begun."""
        return (int((seconds + _ROUNDING_S) // self.increment_s) + 1) * self.increment_s

    def running(self, seconds: float, per_minute: Decimal) -> Decimal:
        """Return what a call costs that goes on."""
        return self.paid_until_s(seconds) * per_minute / 60

    def charge(self, seconds: float, per_minute: Decimal) -> Decimal:
        """Return what so many seconds cost, the first increment at least."""
        begun = (Decimal(seconds) / self.increment_s).to_integral_value(ROUND_CEILING)
        return max(begun, Decimal(1)) * self.increment_s * per_minute / 60


# Nobody's tariff: on the high side of what carriers ask, so that a cap holds where no rate is written.
DEFAULT_RATES: dict[Destination, Decimal] = {
    Destination.FREE: NOTHING,
    Destination.NATIONAL: Decimal("0.02"),
    Destination.MOBILE: Decimal("0.05"),
    Destination.SHARED_COST: Decimal("0.25"),
    Destination.PREMIUM: Decimal("4.00"),
    Destination.INTERNATIONAL: Decimal("1.00"),
    Destination.HIGH_RISK: Decimal("10.00"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When people are at work; `days` 0 = Monday. Outside, limits are at `percent`."""

    zone: tzinfo
    days: frozenset[int] = frozenset(range(5))
    begin: time = time(7)
    end: time = time(20)
    percent: int = 50

    def are_off(self, at: datetime) -> bool:
        """Whether nobody should be at work at this moment."""
        local = at.astimezone(self.zone)
        return local.weekday() not in self.days or not self.begin <= local.time() < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class TollPolicy:
    """One tenant's decisions. So many `refusals` within `refusals_s` suspend an account."""

    country: str
    accounts: Mapping[str, AccountPolicy] = field(default_factory=dict)
    default: AccountPolicy = AccountPolicy()
    tenant: Limits = TENANT
    rates: Rates = Rates()
    hours: Hours | None = None
    classes: Mapping[str, Destination] = field(default_factory=dict)
    countries: frozenset[str] = frozenset()  # that nobody has to release
    holds_new_countries: bool = True
    refusals: int = 10
    refusals_s: float = REFUSALS_S
    inbound: InboundLimits = InboundLimits()
    reputation: Reputation | None = None  # of callers from the network

    def account(self, name: str) -> AccountPolicy:
        """Return what an extension may."""
        return self.accounts.get(name, self.default)

    def destination(self, e164: str) -> Destination:
        """Return the class of a number."""
        return destination(e164, self.country, self.classes)

    def limits(self, limits: Limits, at: datetime) -> Limits:
        """Return the limits in force at a moment."""
        return limits.tightened(self.hours.percent) if self.hours and self.hours.are_off(at) else limits
