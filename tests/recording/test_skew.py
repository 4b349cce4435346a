"""The estimate of a sender's clock: what it sees, what it must not see."""

import random
from collections.abc import Callable

import pytest

from pbx.recording.skew import MAX_PPM, MAX_WINDOWS, MIN_WINDOWS, DelayFloor, Skew, agree

S = 1_000_000_000
MS = 1_000_000


def nothing(_second: float) -> float:
    return 0.0


def floor(seconds: int, ppm: float = 0.0, more_ms: Callable[[float], float] = nothing) -> DelayFloor:
    """Ten packets a second; `more_ms` = what the network adds at a second."""
    out = DelayFloor()
    for media_ns in range(0, seconds * S, S // 10):
        late_ns = round(more_ms(media_ns / S) * MS)
        out.add(media_ns, 7 * S + media_ns + round(media_ns * ppm / 1e6) + late_ns)
    return out


def jitter(seed: int, ms: float = 200.0) -> Callable[[float], float]:
    dice = random.Random(seed)
    return lambda _second: dice.uniform(0, ms)


def corrected(delays: DelayFloor) -> float:
    return agree([delays.skew()])[0]


@pytest.mark.requirement("R-02")
@pytest.mark.parametrize("ppm", [100.0, -100.0, 3.0])
@pytest.mark.parametrize("seconds", [60, 600, 3600])
def test_a_clock_that_runs_off_is_seen(ppm: float, seconds: int) -> None:
    assert corrected(floor(seconds, ppm)) == pytest.approx(ppm, abs=0.1)


@pytest.mark.requirement("R-02")
@pytest.mark.parametrize("ppm", [100.0, -100.0])
def test_and_through_jitter_too(ppm: float) -> None:
    for seed in range(10):
        for seconds in (900, 3600):
            off_ms = abs(corrected(floor(seconds, ppm, jitter(seed))) - ppm) * seconds / 1000
            assert off_ms < 5


@pytest.mark.requirement("R-01")
@pytest.mark.parametrize("seconds", [30, 120, 1200])
def test_jitter_is_no_skew(seconds: int) -> None:
    assert [seed for seed in range(60) if corrected(floor(seconds, 0.0, jitter(seed)))] == []


@pytest.mark.parametrize("step_ms", [30.0, -30.0])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_step_of_the_route_is_no_skew(step_ms: float, share: float) -> None:
    def route(second: float) -> float:
        return 50 + (step_ms if second >= share * 1200 else 0)

    assert corrected(floor(1200, 0.0, route)) == 0.0


def test_a_congested_fifth_of_the_call_does_not_hide_a_skew() -> None:
    assert corrected(floor(3600, 50.0, lambda second: 80.0 if 600 < second < 1300 else 0.0)) == pytest.approx(
        50.0, abs=0.5
    )


@pytest.mark.parametrize(("seconds", "known"), [(MIN_WINDOWS - 1, False), (MIN_WINDOWS, True)])
def test_a_stretch_has_a_shortest_length(seconds: int, known: bool) -> None:
    assert (floor(seconds, 100.0).skew() is not None) is known


@pytest.mark.parametrize(("seconds", "width"), [(MAX_WINDOWS, 1), (MAX_WINDOWS + 1, 2)])
def test_the_fit_has_a_bounded_number_of_windows(seconds: int, width: int) -> None:
    times, _ = floor(seconds)._minima()
    assert len(times) == -(-seconds // width)


@pytest.mark.parametrize(("ppm", "is_known"), [(MAX_PPM, True), (-MAX_PPM, True), (MAX_PPM + 0.1, False)])
def test_no_clock_runs_off_further(ppm: float, is_known: bool) -> None:
    assert Skew(ppm=ppm, uncertainty_ppm=1.0).is_known is is_known


def test_within_its_uncertainty_nothing_is_corrected() -> None:
    assert agree([Skew(ppm=1.0, uncertainty_ppm=1.0), None]) == [0.0, 0.0]
    assert agree([Skew(ppm=1.0, uncertainty_ppm=0.9)]) == [1.0]
    assert agree([]) == []


def test_who_agrees_with_the_surest_takes_its_word() -> None:
    sure, vague, other = (Skew(ppm=p, uncertainty_ppm=u) for p, u in ((20.0, 0.1), (22.0, 3.0), (40.0, 1.0)))
    assert agree([vague, sure, None, other]) == [20.0, 20.0, 0.0, 40.0]


def test_the_anchor_is_the_smallest_delay_behind_the_skew() -> None:
    delays = DelayFloor()
    for media_ns, arrival_ns in ((-S, 2 * S), (0, 4 * S), (10 * S, 13 * S + 1000)):
        delays.add(media_ns, arrival_ns)
    assert delays.anchor_ns() == 3 * S
    assert delays.anchor_ns(-100.0) == 3 * S - 100_000
