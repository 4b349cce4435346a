"""A party is heard at any rate that a voice needs, and a flood only so far."""

import pytest

from pbx.media.packet_cap import BURST, CALM_S, COPIES, MAX_PER_S, PacketCap

pytestmark = pytest.mark.requirement("S-28")
NOW = 1_000_000.0  # twelve days after the start: the clock is coarser there


def taken(cap: PacketCap, n_packets: int, now: float) -> int:
    return sum(cap.takes(seq, now) for seq in range(n_packets))


def test_a_burst_is_taken_and_what_comes_on_top_is_not() -> None:
    cap = PacketCap()
    assert taken(cap, BURST, NOW) == BURST
    assert cap.capped == 0
    assert not cap.takes(BURST, NOW)
    assert cap.capped == 1


def test_a_second_of_peace_gives_a_second_of_packets() -> None:
    cap = PacketCap()
    taken(cap, BURST, NOW)
    assert abs(taken(cap, BURST, NOW + 1) - MAX_PER_S) <= 1
    assert taken(cap, 2 * BURST, NOW + 60) == BURST, "never more than a burst"


def test_the_highest_rate_is_taken_for_ever_and_a_higher_one_is_not() -> None:
    cap, flooded = PacketCap(), PacketCap()
    assert all(cap.takes(n, NOW + n / MAX_PER_S) for n in range(60 * MAX_PER_S))
    n_taken = sum(flooded.takes(n, NOW + n / MAX_PER_S / 2) for n in range(120 * MAX_PER_S))
    assert abs(n_taken - (BURST + 60 * MAX_PER_S)) <= 2


def test_copies_are_taken_as_a_network_makes_them_and_in_a_flood_no_packet_is_lost_for_them() -> None:
    doubled, flooded = PacketCap(), PacketCap()
    assert all(doubled.takes(n // 2, NOW + n // 2 / 50) for n in range(2 * 60 * 50))
    assert sum(doubled.takes(7, NOW + 90) for _ in range(COPIES + 1)) == COPIES
    assert not doubled.takes(7, NOW + 90 + CALM_S - 0.01)
    assert doubled.takes(7, NOW + 91)
    for n in range(60 * 50):
        copies = [flooded.takes(n, NOW + n / 50 + copy / 5000) for copy in range(100)]
        assert copies[0]
    assert flooded.capped > 0.98 * 60 * 50 * 100
