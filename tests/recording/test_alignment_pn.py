"""Alignment measured from outside: pseudo-noise is looked for in the channels (R-01 to R-03).

Whole recordings of an hour are in tests/integration/test_proved_alignment.py.
"""

import numpy as np
import pytest

from pbx.recording.skew import DelayFloor
from pbx.recording.timeline import align
from tests.recording.pseudo_noise import HOUR, NS_PER_SAMPLE, ORIGIN, RATE, Sender, errors, impaired, in_order

HOURS = 100


@pytest.mark.requirement("R-02")
def test_senders_on_one_clock_that_is_not_ours_stay_together() -> None:
    both = [Sender(stream=stream, ppm=40.0, frame=480, n_samples=HOUR // 4) for stream in (0, 1)]
    timeline = align(in_order(both[0].packets() + impaired(both[1].packets(), 5)), ORIGIN)
    apart = [
        a - b for a, b in zip(*(errors(one, timeline.channels[one.stream]) for one in both), strict=True)
    ]
    assert max(map(abs, apart)) <= 1


@pytest.mark.requirement("R-02")
@pytest.mark.parametrize("ppm", [100.0, -100.0])
def test_a_correction_is_one_sample_where_packets_meet(ppm: float) -> None:
    sender = Sender(stream=0, ppm=ppm, n_samples=120 * RATE)
    channel, noise = bytes(align(sender.packets(), ORIGIN).channels[0]), sender.noise
    at, corrections = 0, 0
    for n in range(0, len(noise), 160):
        heart = noise[n + 1 : n + 159]  # but for the samples that a correction may touch
        step = channel.index(heart, max(0, at - 1)) - 1 - at
        assert abs(step) <= 1
        corrections += step
        at += 160 + step
    assert corrections == pytest.approx(ppm / 1e6 * len(noise), abs=1)


@pytest.mark.requirement("R-03")
def test_jitter_moves_a_short_call_by_a_sample_at_most() -> None:
    """A minute has 3,000 chances of a packet without delay: it may lie a sample late, seldom more."""
    moved = []
    for seed in range(20):
        sender = Sender(stream=0, start_ns=10_000_000, n_samples=60 * RATE)
        channel = align(impaired(sender.packets(), seed), ORIGIN).channels[0]
        moved.append(errors(sender, channel, [0])[0])
    assert {abs(error) for error in moved} <= {0.0, 1.0, 2.0}
    assert sum(error > 1 for error in moved) <= 4


@pytest.mark.requirement("R-03")
def test_an_hour_of_jitter_moves_the_grid_once_in_a_hundred_and_by_a_sample() -> None:
    """Wherever in a sample of the master an hour begins: what the proofs of whole recordings leave out."""
    moved, dice = [], np.random.default_rng(8)
    media = np.arange(HOUR // 160, dtype=np.int64) * 20_000_000
    for _ in range(HOURS):
        begins_ns = int(dice.integers(0, NS_PER_SAMPLE))
        late = dice.integers(0, 200_000_000, len(media)) + 40_000_000 * (dice.random(len(media)) < 0.1)
        seconds = late.reshape(-1, 50)
        at = seconds.argmin(axis=1) + 50 * np.arange(len(seconds))  # all that DelayFloor keeps of a second
        floor = DelayFloor()
        for n in at.tolist():
            floor.add(int(media[n]), begins_ns + int(media[n]) + int(late[n]))
        moved.append(round(floor.anchor_ns() / NS_PER_SAMPLE) - round(begins_ns / NS_PER_SAMPLE))
    assert set(moved) <= {0, 1}
    print(f"{sum(moved)} of {HOURS} hours")
    assert sum(moved) <= HOURS // 25
