"""How late packets are against the fastest of the last seconds."""

import random

from pbx.media.transit import WINDOW, Transit


def test_a_steady_network_has_no_jitter() -> None:
    transit = Transit()
    for _ in range(100):
        transit.arrived(12345.0)
    assert (transit.jitter, transit.fastest) == (0.0, 12345.0)


def test_jitter_is_what_nearly_all_packets_keep_to() -> None:
    rng, transit = random.Random(1), Transit()
    for n in range(WINDOW):
        transit.arrived(5000 if n % 100 == 99 else rng.uniform(0, 400))
    assert 350 < transit.jitter <= 400


def test_the_fastest_counts_at_once_and_is_forgotten_in_time() -> None:
    transit = Transit()
    transit.arrived(100.0)
    transit.arrived(40.0)
    assert transit.fastest == 40.0
    for _ in range(WINDOW + 10):
        transit.arrived(90.0)
    assert transit.fastest == 90.0


def test_another_clock_keeps_what_is_known_of_the_network() -> None:
    transit = Transit()
    for n in range(50):
        transit.arrived(100.0 * (n % 2))
    transit.clear()
    transit.arrived(-1e9)
    assert (transit.jitter, transit.fastest) == (100.0, -1e9)
