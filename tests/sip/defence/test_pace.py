"""Messages of one connection: a burst, then one after the other."""

import pytest

from pbx.sip.defence.buckets import Rate
from pbx.sip.defence.pace import Pace


def taken(pace: Pace, now: float, wanted: int) -> int:
    """How many of `wanted` messages may be taken at once."""
    return sum(pace.wait_s(now) == 0.0 for _ in range(wanted))


@pytest.mark.requirement("SIP-37")
def test_a_burst_and_then_so_many_a_second() -> None:
    pace = Pace(Rate(per_s=50, burst=100))
    assert taken(pace, 1000.0, 500) == 100
    assert pace.wait_s(1000.0) == pytest.approx(0.02)
    assert taken(pace, 1000.1001, 500) == 5
    assert taken(pace, 1010.0, 500) == 100


def test_the_wait_is_long_enough() -> None:
    pace = Pace(Rate(per_s=3, burst=1))
    now = 5000.0
    for _ in range(100):
        assert pace.wait_s(now) == 0.0
        now += pace.wait_s(now) + 1e-9


def test_without_a_rate_nobody_waits() -> None:
    assert taken(Pace(Rate(per_s=0, burst=1)), 7.0, 1000) == 1000
