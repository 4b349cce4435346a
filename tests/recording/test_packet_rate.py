"""A stream has its share of a recording, whatever it sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.recording.packet_rate import BURST, COST_NS, MAX_PER_S, NOTE_EVERY_NS, PacketRate

SECOND_NS = 1_000_000_000
START_NS = 7 * SECOND_NS


def taken(rate: PacketRate, n_packets: int, now_ns: int) -> int:
    return sum(rate.takes(now_ns) for _ in range(n_packets))


@pytest.mark.requirement("R-30")
def test_a_burst_is_kept_and_what_comes_on_top_is_not() -> None:
    rate = PacketRate()
    assert taken(rate, BURST, START_NS) == BURST
    assert rate.n_over == 0
    assert not rate.takes(START_NS)
    assert rate.n_over == 1


@pytest.mark.requirement("R-30")
def test_the_highest_rate_is_kept_for_ever_and_a_higher_one_is_not() -> None:
    apart_ns = SECOND_NS // MAX_PER_S
    rate = PacketRate()
    assert all(rate.takes(START_NS + number * apart_ns) for number in range(100 * MAX_PER_S))
    flooded = PacketRate()
    n_taken = sum(flooded.takes(START_NS + number * apart_ns // 2) for number in range(200 * MAX_PER_S))
    assert abs(n_taken - (BURST + 100 * MAX_PER_S)) <= 1


@pytest.mark.requirement("R-30")
@given(st.lists(st.sampled_from([0, 1, COST_NS - 1, COST_NS, COST_NS + 1, 20_000_000, SECOND_NS])))
def test_whoever_keeps_the_time_himself_gets_the_same_answer(steps: list[int]) -> None:
    asked, kept, now_ns = PacketRate(), PacketRate(), START_NS
    for step in steps:
        now_ns += step
        takes = kept.full_at_ns < now_ns
        if takes:
            kept.full_at_ns = now_ns + COST_NS
        assert (takes or kept.takes(now_ns)) == asked.takes(now_ns)
        assert kept.full_at_ns == asked.full_at_ns


def test_a_second_of_peace_gives_a_second_of_packets() -> None:
    rate = PacketRate()
    taken(rate, BURST, START_NS)
    assert taken(rate, BURST, START_NS + SECOND_NS) == MAX_PER_S
    assert taken(rate, 2 * BURST, START_NS + 60 * SECOND_NS) == BURST, "never more than a burst"


@pytest.mark.requirement("R-30")
def test_of_a_hundred_copies_each_packet_is_kept() -> None:
    rate = PacketRate()
    kept: set[int] = set()
    for number in range(60 * 50):  # a minute
        for copy in range(100):
            if rate.takes(START_NS + number * 20_000_000 + copy * 200_000):
                kept.add(number)
    assert len(kept) == 60 * 50
    assert rate.n_over >= 60 * (5000 - MAX_PER_S) - BURST


def test_what_was_left_out_is_told_now_and_then() -> None:
    rate = PacketRate()
    taken(rate, BURST + 3, START_NS)
    assert rate.due(START_NS + NOTE_EVERY_NS - 1) == 0
    assert rate.due(START_NS + NOTE_EVERY_NS) == 3
    assert rate.due(START_NS + 2 * NOTE_EVERY_NS) == 0
    taken(rate, BURST + 2, START_NS + 3 * NOTE_EVERY_NS)
    assert rate.due(START_NS + 3 * NOTE_EVERY_NS) == 0, "the time begins with the first one"
    assert rate.rest() == 2
    assert rate.rest() == 0
