"""The modelled buffer of a listener, beside the real one and beside numbers that can be counted."""

import random

import pytest

from pbx.media.jitter_buffer import MAX_DELAY_MS, JitterBuffer, Packet
from pbx.media.lateness import BIN_MS, BINS, MIN_MS, WINDOW, Lateness

UNITS = 160


def arrivals(n: int, jitter_s: float, seed: int = 1) -> list[tuple[float, int]]:
    rng = random.Random(seed)
    return sorted((k * 0.02 + rng.random() * jitter_s, k) for k in range(n))


def modelled(came: list[tuple[float, int]], first_time: int = 0) -> Lateness:
    lateness, second = Lateness(8000), 0
    for at, k in came:
        while at > second + 1:
            lateness.turn()
            second += 1
        lateness.arrived([int(at * 8000) - (first_time + k * UNITS) & 0xFFFFFFFF])
    lateness.turn()
    return lateness


def played(came: list[tuple[float, int]]) -> int:
    """How many packets the real buffer plays."""
    buffer, now, at, n_played = JitterBuffer(8000), came[0][0], 0, 0
    while now < came[-1][0] + 1:
        while at < len(came) and came[at][0] <= now:
            arrived, k = came[at]
            buffer.put(Packet(b"", 0, k * UNITS, UNITS), 1, k % 2**16, arrived)
            at += 1
        n_played += isinstance(buffer.take(now), Packet)
        now += 0.02
    return n_played


@pytest.mark.parametrize("jitter_s", [0.0, 0.04, 0.08, 0.12, 0.2, 0.3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_many_are_late_as_for_the_real_buffer(jitter_s: float, seed: int) -> None:
    came = arrivals(1500, jitter_s, seed)
    lateness = modelled(came)
    assert lateness.counted == 1500
    late = 1 - played(came) / 1500
    assert lateness.discard_ratio == pytest.approx(late, abs=0.03 if jitter_s <= 0.2 else 0.05)


def test_a_quiet_network_needs_the_least() -> None:
    lateness = modelled(arrivals(500, 0.0))
    assert (lateness.discarded, lateness.buffer_ms) == (0, MIN_MS)


@pytest.mark.parametrize("jitter_s", [0.3, 2.0])
def test_it_holds_back_no_more_than_our_own_buffer(jitter_s: float) -> None:
    lateness = modelled(arrivals(500, jitter_s))
    assert lateness.buffer_ms <= MAX_DELAY_MS
    assert lateness.discard_ratio > 0.2


def test_before_the_first_turn_nothing_is_said() -> None:
    lateness = Lateness(8000)
    lateness.turn()
    assert (lateness.counted, lateness.discard_ratio, lateness.buffer_ms) == (0, 0.0, MIN_MS)


def test_rtp_time_may_wrap() -> None:
    came = arrivals(500, 0.08)
    assert modelled(came, first_time=2**32 - 40_000).discarded == modelled(came).discarded


@pytest.mark.parametrize("ppm", [-100, 100])
def test_clocks_that_drift_apart_make_nobody_late(ppm: int) -> None:
    lateness = modelled([(k * 0.02 * (1 + ppm / 1e6), k) for k in range(100_000)])
    assert lateness.discarded == 0


def test_a_longer_route_is_late_for_some_seconds_only() -> None:
    came = [(k * 0.02 + (0.35 if k >= 500 else 0), k) for k in range(2000)]
    lateness = modelled(came)
    assert 100 < lateness.discarded <= 50 * (WINDOW + 2)


@pytest.mark.parametrize(
    ("late_ms", "at"), [(BIN_MS * (BINS - 1) - 1, BINS - 2), (BIN_MS * BINS * 9, BINS - 1)]
)
def test_the_last_bin_takes_whatever_is_later(late_ms: int, at: int) -> None:
    lateness = Lateness(8000)
    lateness.arrived([0])
    lateness.arrived([late_ms * 8])
    lateness.turn()
    assert lateness.discarded == 1
    assert [n for n, count in enumerate(lateness._recent[0]) if count] == [0, at]


def test_another_clock_begins_anew() -> None:
    lateness = Lateness(8000)
    lateness.arrived([0])
    lateness.restart(48000)
    lateness.arrived([2**31 - 1])
    lateness.turn()
    assert (lateness.counted, lateness.discarded) == (2, 0)
