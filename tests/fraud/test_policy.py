"""Money by rate, limits by the time of day."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbx.fraud.destinations import Destination
from pbx.fraud.policy import Hours, Limits, Rates, TollPolicy

RATES = Rates(
    classes={Destination.INTERNATIONAL: Decimal("0.60")},
    prefixes={"+33": Decimal("0.10"), "+336": Decimal("0.30")},
)
MINUTE = Decimal(1)


def test_the_longest_prefix_has_the_rate_else_the_class() -> None:
    numbers = ("+33123456789", "+33612345678", "+353871234567")
    rates = [RATES.per_minute(one, Destination.INTERNATIONAL) for one in numbers]
    assert rates == [Decimal("0.10"), Decimal("0.30"), Decimal("0.60")]
    assert RATES.per_minute("+870773123456", Destination.HIGH_RISK) == Decimal("10.00")


@pytest.mark.parametrize(("seconds", "minutes"), [(0.0, 1), (60.0, 1), (60.1, 2), (120.0, 2)])
def test_every_begun_increment_is_paid(seconds: float, minutes: int) -> None:
    assert RATES.charge(seconds, MINUTE) == minutes


@pytest.mark.parametrize(("seconds", "minutes"), [(0.0, 1), (59.9, 1), (60.0, 2), (119.9999995, 3)])
def test_a_call_that_goes_on_has_begun_the_next(seconds: float, minutes: int) -> None:
    assert RATES.running(seconds, MINUTE) == minutes


@pytest.mark.parametrize(
    ("at", "concurrent"),
    [
        (datetime(2026, 11, 27, 19, 59, tzinfo=UTC), 5),  # a Friday
        (datetime(2026, 11, 27, 20, 0, tzinfo=UTC), 3),
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), 3),
        (datetime(2026, 7, 3, 6, 30, tzinfo=UTC), 5),  # 07:30 in London
    ],
)
def test_limits_are_tighter_when_nobody_works(at: datetime, concurrent: int) -> None:
    policy = TollPolicy(country="GB", hours=Hours(zone=ZoneInfo("Europe/London")))
    limits = policy.limits(Limits(concurrent=5, spend_per_day=Decimal(30)), at)
    assert limits.concurrent == concurrent
    assert limits.spend_per_day == (30 if concurrent == 5 else 15)
    assert limits.per_minute == 0
