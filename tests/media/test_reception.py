"""Interval loss, and bursts and gaps as RFC 3611 tells them apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.media.reception import GMIN, BurstMetrics, LossRuns, Reception


def reception(expected: int, received: int, ssrc: int = 7) -> Reception:
    return Reception(ssrc, expected - 1, expected, received, 0)


@pytest.mark.rfc("3550", "6.4.1")
def test_loss_of_an_interval() -> None:
    first, second = reception(100, 90), reception(200, 165)
    assert first.loss_since(None) == pytest.approx(0.1)
    assert second.loss_since(first) == pytest.approx(0.25)
    assert second.cumulative_lost == 35
    assert second.loss_since(second) == 0
    assert second.loss_since(reception(5000, 5000, ssrc=8)) == pytest.approx(35 / 200)


@pytest.mark.rfc("3550", "A.3")
def test_duplicates_are_no_negative_loss() -> None:
    twice = reception(10, 20)
    assert twice.cumulative_lost == -10
    assert twice.loss_since(None) == 0


@pytest.mark.rfc("3611", "4.7.2")
def test_lone_losses_belong_to_the_gap() -> None:
    runs = LossRuns()
    for _ in range(3):
        runs.add(GMIN, 1)
    assert (runs.runs, runs.lost) == (3, 3)
    assert runs.metrics(100) == BurstMetrics(0.0, 0.03, 0.0, 100.0)


@pytest.mark.rfc("3611", "4.7.2")
@pytest.mark.parametrize(("good", "burst"), [(GMIN - 1, GMIN + 1), (GMIN, 0)])
def test_so_many_good_packets_end_a_burst(good: int, burst: int) -> None:
    runs = LossRuns()
    runs.add(50, 1)
    runs.add(good, 1)
    assert runs.metrics(100).burst_packets == burst


@pytest.mark.rfc("3611", "4.7.2")
def test_bursts_with_a_lone_loss_between() -> None:
    runs = LossRuns()
    runs.add(100, 2)
    runs.add(2, 1)  # 5 packets, 3 lost
    runs.add(40, 1)
    runs.add(40, 5)
    metrics = runs.metrics(400)
    assert metrics.burst_density == pytest.approx(8 / 10)
    assert metrics.burst_packets == 5
    assert metrics.gap_density == pytest.approx(1 / 390)
    assert metrics.gap_packets == 130


def test_nothing_lost() -> None:
    assert LossRuns().metrics(0) == BurstMetrics(0.0, 0.0, 0.0, 0.0)
    assert LossRuns().metrics(50) == BurstMetrics(0.0, 0.0, 0.0, 50.0)


def by_packets(received: list[bool]) -> tuple[int, int]:
    """Packets and losses of all bursts, found packet by packet."""
    places = [n for n, came in enumerate(received) if not came]
    clusters: list[list[int]] = []
    for place in places:
        if clusters and place - clusters[-1][-1] - 1 < GMIN:
            clusters[-1].append(place)
        else:
            clusters.append([place])
    bursts = [one for one in clusters if len(one) > 1]
    return sum(one[-1] - one[0] + 1 for one in bursts), sum(len(one) for one in bursts)


@pytest.mark.rfc("3611", "4.7.2")
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 4)), max_size=12))
def test_runs_say_what_packets_say(steps: list[tuple[int, int]]) -> None:
    runs, received = LossRuns(), list[bool]()
    for good, lost in steps:
        runs.add(good, lost)
        received += [True] * good + [False] * lost
    packets, lost = by_packets(received)
    metrics = runs.metrics(len(received))
    assert metrics.burst_density == pytest.approx(lost / packets if packets else 0)
    assert runs.lost == received.count(False)
