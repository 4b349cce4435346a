"""When tries look like an attack: below, at and above each bound."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.verify.breaker import FAILURES, MAX_USUAL, MIN_TRIES, Rate, bound, is_hot, slot_of

QUIET_WEEK = Rate(tries=2000, failures=200)  # a tenth fails


@pytest.mark.requirement("V-02")
@pytest.mark.parametrize(
    ("recent", "before", "hot"),
    [
        (Rate(tries=49, failures=49), QUIET_WEEK, False),
        (Rate(tries=50, failures=50), QUIET_WEEK, True),
        (Rate(tries=100, failures=50), QUIET_WEEK, False),  # five times the usual, and not more
        (Rate(tries=99, failures=50), QUIET_WEEK, True),
        (Rate(tries=5000, failures=500), QUIET_WEEK, False),  # a busy morning
        (Rate(tries=5000, failures=50), Rate(), True),  # nothing is usual yet: 50 are enough
        (Rate(tries=5000, failures=49), Rate(), False),
        (Rate(tries=50, failures=0), Rate(), False),
        (Rate(), Rate(), False),
    ],
)
def test_fifty_failures_and_five_times_the_usual(recent: Rate, before: Rate, hot: bool) -> None:
    assert is_hot(recent, before) is hot


@pytest.mark.requirement("V-03")
def test_where_much_fails_anyway_the_bound_can_still_be_passed() -> None:
    for failures in range(0, 10_001, 100):
        before = Rate(tries=10_000, failures=failures)
        assert before.ratio < bound(before) < 1.0 or not failures or before.ratio >= MAX_USUAL
    assert is_hot(Rate(tries=FAILURES, failures=FAILURES), Rate(tries=10_000, failures=10_000))
    assert bound(Rate(tries=10_000, failures=5_000)) == pytest.approx(0.9)


@pytest.mark.requirement("V-03")
def test_the_first_failures_of_a_new_tenant_do_not_make_failing_usual() -> None:
    slowly = Rate(tries=98, failures=98)  # twenty minutes below the bound
    assert bound(slowly) < 0.5
    assert bound(Rate(tries=MIN_TRIES, failures=98)) == bound(slowly)
    assert is_hot(Rate(tries=60, failures=50), slowly)


def test_a_slot_begins_at_a_whole_ten_minutes() -> None:
    at = datetime(2026, 11, 24, 12, 10, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert slot_of(at) == at
    assert slot_of(at + timedelta(minutes=10) - tick) == at
    assert slot_of(at - tick) == at - timedelta(minutes=10)


def test_a_rate_in_words() -> None:
    assert str(Rate(tries=60, failures=52)) == "52 of 60 tries failed"
