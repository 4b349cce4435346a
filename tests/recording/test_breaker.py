"""When a store that failed is asked again."""

import pytest

from pbx.core.ids import SeededIds
from pbx.recording.breaker import Breaker
from pbx.recording.finalise import MAX_DELAY_S


@pytest.mark.requirement("R-14")
def test_it_opens_for_longer_and_longer_and_closes_at_once() -> None:
    breaker, now = Breaker(SeededIds()), 0.0
    assert not breaker.is_open(now)
    delays = []
    for _ in range(20):
        delay_s = breaker.failed(now)
        assert breaker.is_open(now + delay_s * 0.99)
        now += delay_s
        assert not breaker.is_open(now)  # half open: one may try
        delays.append(delay_s)
    assert 1.0 <= delays[0] < 1.1
    assert MAX_DELAY_S / 2 <= min(delays[-5:]) <= max(delays) <= MAX_DELAY_S
    assert breaker.succeeded()
    assert not breaker.is_open(0.0)
    assert breaker.failed(now) < 1.1  # and begins from the shortest wait


def test_one_failure_is_no_outage() -> None:
    breaker = Breaker(SeededIds())
    assert not breaker.succeeded()
    breaker.failed(0.0)
    assert not breaker.succeeded()
