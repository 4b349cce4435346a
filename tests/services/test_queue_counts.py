"""Every caller counts once, and who hangs up at once counts for nobody (ACD-15)."""

import pytest

from pbx.services.queue_counts import N_TALKS, SHORT_S, QueueCounts

pytestmark = pytest.mark.requirement("ACD-15")


def test_nothing_is_told_of_a_queue_without_callers() -> None:
    counts = QueueCounts()
    assert (counts.service_level, counts.mean_talk_s) == (None, None)


def test_in_time_is_up_to_the_service_level() -> None:
    counts = QueueCounts()
    counts.reached(20.0, 20.0)
    counts.reached(20.1, 20.0)
    counts.left("abandoned", SHORT_S)
    counts.left("abandoned", SHORT_S - 0.1)
    counts.left("timeout", 300.0)
    assert (counts.answered, counts.in_time, counts.abandoned, counts.short) == (2, 1, 1, 1)
    assert counts.service_level == 0.25
    assert counts.waited_s == pytest.approx(40.1)


def test_the_mean_is_that_of_the_last_talks() -> None:
    counts = QueueCounts()
    counts.talked(1000.0)
    for _ in range(N_TALKS):
        counts.talked(60.0)
    assert counts.mean_talk_s == 60.0
