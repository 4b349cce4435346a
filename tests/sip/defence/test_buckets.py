"""Token buckets: exact rates, bounded tables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.defence.buckets import TRIES, Buckets, Rate

RATE = Rate(per_s=50.0, burst=100)


@pytest.mark.requirement("SIP-37")
def test_a_burst_passes_and_then_the_rate() -> None:
    buckets = Buckets(RATE)
    assert [buckets.take("a", 10.0) for _ in range(101)] == [True] * 100 + [False]
    assert [buckets.take("a", 10.02) for _ in range(2)] == [True, False]
    assert [buckets.take("a", 11.02) for _ in range(51)] == [True] * 50 + [False]
    assert buckets.take("b", 10.0)


def test_a_bucket_never_holds_more_than_the_burst() -> None:
    buckets = Buckets(RATE)
    buckets.take("a", 0.0)
    assert sum(buckets.take("a", 1e6) for _ in range(200)) == 100


def test_without_a_rate_everything_passes() -> None:
    buckets = Buckets(Rate(per_s=0.0, burst=0))
    assert all(buckets.take("a", 0.0) for _ in range(10_000))


@settings(max_examples=100)
@given(st.lists(st.floats(0.0, 0.1), max_size=300))
def test_in_no_window_more_than_burst_and_rate(gaps: list[float]) -> None:
    buckets, now, taken = Buckets(RATE), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if buckets.take("a", now):
            taken.append(now)
    for first, begin in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= RATE.burst + RATE.per_s * (taken[last] - begin) + 1.001


def test_full_buckets_are_forgotten_first() -> None:
    buckets = Buckets(Rate(per_s=1.0, burst=2), max_sources=3)
    for source, at in (("flooder", 0.0), ("flooder", 0.0), ("idle", 0.0), ("other", 0.5)):
        assert buckets.take(source, at)
    assert buckets.take("new", 1.2)  # `idle` is full again, `flooder` is not
    assert len(buckets) == 3
    assert not buckets.take("flooder", 0.4)


def test_a_table_of_busy_sources_stays_bounded() -> None:
    buckets = Buckets(RATE, max_sources=TRIES * 2)
    for n in range(1000):
        assert buckets.take(n, 0.0)
    assert len(buckets) == TRIES * 2
