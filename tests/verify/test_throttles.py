"""The limits of §4.4 as arithmetic: each one below, at and above its boundary."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.verify.throttles import FOREVER, LockRule, Subject, limits_of, locked_until

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY, WEEK, HOUR = timedelta(days=1), timedelta(days=7), timedelta(hours=1)
FLOOR = limits_of(LockRule(failures=5, window_s=DAY.total_seconds()))


def failed(times: int, *, every: timedelta = TICK) -> list[datetime]:
    """So many failures, the oldest one now."""
    return [NOW + n * every for n in range(times)]


@pytest.mark.requirement("V-02")
@pytest.mark.parametrize(
    ("subject", "failures", "window", "every"),
    [
        ("record", 5, DAY, TICK),
        ("record", 20, None, 2 * DAY),
        ("cli", 5, DAY, TICK),
        ("cli", 10, WEEK, timedelta(hours=16)),  # never five of them within a day
        ("trunk", 20, HOUR, TICK),
    ],
)
def test_each_limit_at_its_boundary(
    subject: Subject, failures: int, window: timedelta | None, every: timedelta
) -> None:
    def until(times: list[datetime], now: datetime | None = None) -> datetime | None:
        return locked_until(subject, FLOOR, times, now or times[-1])

    assert until(failed(failures - 1, every=every)) is None
    end = NOW + window if window is not None else FOREVER
    reached = failed(failures, every=every)
    assert until(reached) == end
    assert until(failed(failures + 1, every=every)) == (end if window is None else end + every)
    if window is not None:
        assert until(reached, end - TICK) == end
        assert until(reached, end) is None


@pytest.mark.requirement("V-02")
def test_the_order_in_which_failures_are_read_does_not_matter() -> None:
    times = failed(5, every=HOUR)
    for read in (times, times[::-1]):
        assert locked_until("cli", FLOOR, read, times[-1]) == NOW + DAY


@pytest.mark.requirement("V-02")
def test_a_tenants_limit_holds_beside_the_fixed_ones() -> None:
    tighter = limits_of(LockRule(failures=2, window_s=600.0))
    assert locked_until("record", tighter, failed(2), NOW) == NOW + timedelta(minutes=10)
    assert locked_until("record", tighter, failed(5), NOW) == NOW + DAY
    assert locked_until("trunk", tighter, failed(2), NOW) is None
    looser = limits_of(LockRule(failures=100, window_s=1.0))
    assert locked_until("record", looser, failed(5), NOW) == NOW + DAY
