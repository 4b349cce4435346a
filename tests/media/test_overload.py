"""When a late worker's door shuts, and when it opens again."""

import pytest

from pbx.media.overload import (
    CALM_REPORTS,
    FORGET_REPORTS,
    LATE_REPORTS,
    MAX_LATE_MS,
    Overload,
    door_fact,
)

LATE, FAIR, CALM = MAX_LATE_MS + 0.1, MAX_LATE_MS, MAX_LATE_MS / 2
LEGS = 200


def told(door: Overload, *reports: float, n_legs: int = LEGS) -> list[bool]:
    """What each report has changed."""
    return [door.told(late_ms, n_legs) for late_ms in reports]


def shut() -> Overload:
    """Return a door that has just been shut on `LEGS` legs."""
    door = Overload()
    assert told(door, *[LATE] * LATE_REPORTS) == [False] * (LATE_REPORTS - 1) + [True]
    return door


def test_a_worker_that_has_said_nothing_takes_calls() -> None:
    door = Overload()
    assert door.takes(10_000) and not door.is_shut
    assert door.late_ms == 0.0


@pytest.mark.requirement("MED-16")
def test_one_that_is_late_again_and_again_takes_none() -> None:
    door = shut()
    assert door.is_shut and not door.takes(0)
    assert door.late_ms == LATE


@pytest.mark.requirement("MED-16")
@pytest.mark.parametrize("stall_ms", [2_000.0, 60_000.0])
def test_a_stall_shuts_nothing(stall_ms: float) -> None:
    """It is one report late, and one more while what has waited is caught up."""
    door = Overload()
    for _ in range(100):
        assert told(door, stall_ms, LATE, FAIR) == [False] * 3
    assert door.takes(LEGS)


def test_what_is_not_too_late_is_not_late() -> None:
    door = Overload()
    assert not any(told(door, *[FAIR] * 1000))


@pytest.mark.requirement("MED-16")
def test_it_opens_after_a_calm_time_without_a_break() -> None:
    door = shut()
    almost = [CALM] * (CALM_REPORTS - 1)
    assert not any(told(door, *almost, CALM + 0.1, *almost, LATE, *almost))
    assert told(door, CALM) == [True]
    assert not door.is_shut


def test_it_does_not_open_to_as_many_as_made_it_late() -> None:
    door = shut()
    told(door, *[CALM] * CALM_REPORTS)
    assert door.takes(179) and not door.takes(180)
    told(door, CALM, FAIR)
    assert door.takes(180) and not door.takes(181)  # a leg for each calm second
    told(door, *[LATE] * LATE_REPORTS, n_legs=181)
    told(door, *[CALM] * CALM_REPORTS)
    assert door.takes(161) and not door.takes(162)


def test_it_forgets_what_made_it_late() -> None:
    door = shut()
    told(door, *[CALM] * (FORGET_REPORTS - 1))
    assert not door.takes(10_000)
    told(door, CALM)
    assert door.takes(10_000)


def test_one_that_is_late_without_a_leg_gets_one_when_it_is_calm() -> None:
    door = Overload()
    told(door, *[LATE] * LATE_REPORTS, n_legs=0)
    told(door, *[CALM] * CALM_REPORTS, n_legs=0)
    assert door.takes(0)


def test_how_late_is_too_late_is_configured() -> None:
    door = Overload(20.0)
    told(door, *[20.0] * 10)
    assert not door.is_shut
    told(door, *[20.1] * LATE_REPORTS)
    assert door.is_shut
    told(door, *[10.1] * 100)
    assert door.is_shut


def test_the_record_says_who_and_how_late() -> None:
    fact = door_fact("media-0", is_shut=True, late_ms=87.4, n_legs=412)
    assert (fact.kind, fact.details) == (
        "media.overloaded",
        {"worker": "media-0", "late_ms": 87, "legs": 412},
    )
    assert door_fact("media-0", is_shut=False, late_ms=1.0, n_legs=0).kind == "media.eased"
