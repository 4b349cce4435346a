"""`fraud.yaml`: who may call where and what that may cost, as it is written, and the policy it becomes."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from pbx.config.defence import Count
from pbx.config.reputation import WrittenReputation
from pbx.config.types import (
    Country,
    Duration,
    ExtensionNumber,
    Listed,
    Name,
    Spelled,
    Strict,
    Unique,
    written,
)
from pbx.fraud.destinations import Destination
from pbx.fraud.policy import (
    EXTENSION,
    REFUSALS_S,
    TENANT,
    AccountPolicy,
    Hours,
    Limits,
    Rates,
    TollPolicy,
)
from pbx.fraud.velocity import InboundLimits

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _money(value: Any) -> Decimal:
    """Decimal digits as they are written; a float of YAML has not lost any of them at this length."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("expected an amount of money, for example 10 or 0.25")
    text = str(value)
    if not text.replace(".", "", 1).isdecimal() or not text.isascii() or len(text) > 12:
        raise ValueError("expected an amount of money, for example 10 or 0.25")
    return Decimal(text)


def _time(value: Any) -> time:
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("expected a time of day, for example 08:30") from None


Class = Annotated[Destination, Field(strict=False)]
Classes = Annotated[tuple[Class, ...], Listed, Unique]
Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    WithJsonSchema(
        {
            "title": "an amount of money",
            "type": ["number", "string"],
            "pattern": r"^([0-9]+(\.[0-9]+)?|\.[0-9]+)$",
        }
    ),
]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time),
    written("a time of day such as 08:30"),
    Spelled(lambda at: f"{at:%H:%M}"),
]
Prefix = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,14}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class WrittenTolls(Strict):
    """Limits of one account; a key that is not there is as it is elsewhere. 0 = without limit."""

    concurrent: Count | None = None
    calls_per_minute: Count | None = None
    minutes_per_hour: Count | None = None
    minutes_per_day: Count | None = None
    spend_per_hour: Money | None = None
    spend_per_day: Money | None = None

    def over(self, base: Limits) -> Limits:
        """Return `base` with what is written here."""
        return Limits(
            concurrent=_first(self.concurrent, base.concurrent),
            per_minute=_first(self.calls_per_minute, base.per_minute),
            minutes_per_hour=_first(self.minutes_per_hour, base.minutes_per_hour),
            minutes_per_day=_first(self.minutes_per_day, base.minutes_per_day),
            spend_per_hour=_money_of(self.spend_per_hour, base.spend_per_hour),
            spend_per_day=_money_of(self.spend_per_day, base.spend_per_day),
        )


class WrittenAccount(Strict):
    """What a group or an extension may beside, or instead of, what everybody may."""

    allow: Classes | None = None
    forward: Classes | None = None
    limits: WrittenTolls = WrittenTolls()

    def over(self, base: AccountPolicy) -> AccountPolicy:
        """Return `base` with what is written here."""
        return AccountPolicy(
            allow=base.allow if self.allow is None else frozenset(self.allow),
            forward=base.forward if self.forward is None else frozenset(self.forward),
            limits=self.limits.over(base.limits),
        )


class WrittenRates(Strict):
    """Money a minute by class and by prefix."""

    increment_s: Duration = Field(default=60.0, alias="increment")
    classes: dict[Class, Money] = Field(default_factory=dict)
    prefixes: Annotated[dict[Prefix, Money], Field(max_length=20_000)] = Field(default_factory=dict)


class WrittenHours(Strict):
    """When people are at work; otherwise the limits are at `off_percent`."""

    days: Annotated[tuple[Day, ...], Listed, Unique] = ("mon", "tue", "wed", "thu", "fri")
    begin: TimeOfDay = time(7)
    end: TimeOfDay = time(20)
    off_percent: Annotated[int, Field(ge=1, le=100)] = 50


class WrittenRefusals(Strict):
    """So many refused calls within a time suspend an account."""

    attempts: Annotated[int, Field(ge=1, le=1000)] = 10
    within_s: Duration = Field(default=REFUSALS_S, alias="within")


class WrittenShort(Strict):
    """So many answered calls of a range that are over at once close it for as long; 0 = without limit."""

    calls: Count = 20
    under_s: Duration = Field(default=6.0, alias="under")
    within_s: Duration = Field(default=600.0, alias="within")


class WrittenInbound(Strict):
    """Calls a minute from the network, 0 = without limit.

    To one number of ours and to a thousand of them, from one caller and from a thousand neighbours.
    """

    calls_per_minute: Count = 120
    calls_per_minute_of_caller: Count = 20
    calls_per_minute_of_range: Count = 60
    calls_per_minute_to_range: Count = 600
    short_calls: WrittenShort = WrittenShort()

    def built(self) -> InboundLimits:
        """Return the limits."""
        return InboundLimits(
            per_number=self.calls_per_minute,
            per_caller=self.calls_per_minute_of_caller,
            per_caller_range=self.calls_per_minute_of_range,
            per_number_range=self.calls_per_minute_to_range,
            short_calls=self.short_calls.calls,
            short_s=self.short_calls.under_s,
            within_s=self.short_calls.within_s,
        )


class FraudFile(WrittenAccount):
    """`fraud.yaml`; what is at the top is for every extension."""

    tenant: WrittenTolls = WrittenTolls()
    groups: dict[Name, WrittenAccount] = Field(default_factory=dict)
    extensions: dict[ExtensionNumber, WrittenAccount] = Field(default_factory=dict)
    classes: dict[Prefix, Class] = Field(default_factory=dict)
    countries: Annotated[tuple[Country, ...], Listed, Unique] = ()
    new_countries: Literal["hold", "allow"] = "hold"
    rates: WrittenRates = WrittenRates()
    hours: WrittenHours = WrittenHours()
    refusals: WrittenRefusals = WrittenRefusals()
    inbound: WrittenInbound = WrittenInbound()
    reputation: WrittenReputation | None = None


def toll_policy(
    written: FraudFile, country: str, timezone: str, groups: dict[str, tuple[str, ...]]
) -> TollPolicy:
    """Return the policy; of several groups of an extension the later ones win, the extension over all."""
    default = written.over(AccountPolicy(limits=EXTENSION))
    accounts: dict[str, AccountPolicy] = {}
    for group, account in written.groups.items():
        for member in groups.get(group, ()):
            accounts[member] = account.over(accounts.get(member, default))
    for extension, account in written.extensions.items():
        accounts[extension] = account.over(accounts.get(extension, default))
    hours = written.hours
    return TollPolicy(
        country=country,
        accounts=accounts,
        default=default,
        tenant=written.tenant.over(TENANT),
        rates=Rates(
            increment_s=max(1, round(written.rates.increment_s)),
            classes=written.rates.classes,
            prefixes=written.rates.prefixes,
        ),
        hours=Hours(
            zone=ZoneInfo(timezone),
            days=frozenset(DAYS.index(day) for day in hours.days),
            begin=hours.begin,
            end=hours.end,
            percent=hours.off_percent,
        ),
        classes=written.classes,
        countries=frozenset(written.countries),
        holds_new_countries=written.new_countries == "hold",
        refusals=written.refusals.attempts,
        refusals_s=written.refusals.within_s,
        inbound=written.inbound.built(),
    )


def _first(written: int | None, base: int) -> int:
    return base if written is None else written


def _money_of(written: Decimal | None, base: Decimal) -> Decimal:
    return base if written is None else written
