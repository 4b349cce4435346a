"""A spool directory that refuses gets no recordings until it has been calm."""

import pytest

from pbx.recording.spool_health import CALM_S, SpoolHealth
from pbx.recording.watermarks import MARKS


def test_one_that_was_never_in_trouble_accepts() -> None:
    health = SpoolHealth()
    assert (health.accepts, health.answers, health.needs_trial) == (True, True, False)
    assert not health.tried(1.0, went_well=False)
    assert health.accepts


@pytest.mark.requirement("R-16")
def test_one_that_refuses_accepts_again_when_it_was_calm_long_enough() -> None:
    health = SpoolHealth()
    assert health.refused(100.0)
    assert not health.refused(100.5)
    assert (health.accepts, health.answers, health.needs_trial) == (False, False, True)
    assert not health.tried(100.5 + CALM_S - 0.1, went_well=True)
    assert (health.accepts, health.answers) == (False, True)
    assert health.tried(100.5 + CALM_S, went_well=True)
    assert (health.accepts, health.needs_trial) == (True, False)


def test_a_trial_that_fails_begins_the_wait_anew() -> None:
    health = SpoolHealth()
    health.refused(0.0)
    assert not health.tried(9.0, went_well=False)
    assert not health.tried(9.0 + CALM_S - 0.1, went_well=True)
    assert health.tried(9.0 + CALM_S, went_well=True)


@pytest.mark.requirement("R-16")
def test_a_full_one_gets_nothing_new_until_there_is_room_again() -> None:
    full, health = MARKS[-1], SpoolHealth()
    health.filled(full.begins_at)
    assert (health.accepts, health.answers) == (False, True)
    health.filled(full.ends_below)
    assert not health.accepts
    health.filled(full.ends_below - 0.1)
    assert health.accepts


def test_one_that_is_not_there_takes_nothing() -> None:
    health = SpoolHealth(is_there=False)
    assert (health.accepts, health.answers) == (False, False)
    health.found(is_there=True)
    assert (health.accepts, health.answers) == (True, True)
    health.found(is_there=False)
    assert not health.answers
