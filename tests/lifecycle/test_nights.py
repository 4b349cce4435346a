"""When what is due is erased."""

from datetime import UTC, datetime, timedelta

from pbx.lifecycle.nights import AFTER_START, NOTICE, first_due, next_due, next_look

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_each_night_at_three() -> None:
    night = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    assert next_due(NOON) == night
    assert next_due(night - timedelta(seconds=1)) == night
    assert next_due(night) == night + timedelta(days=1)


def test_a_machine_that_is_off_at_night_looks_after_its_start() -> None:
    assert first_due(NOON) == NOON + AFTER_START


def test_a_notice_that_ripens_before_the_night_is_looked_at_when_it_does() -> None:
    assert next_look(NOON, None) == next_due(NOON)
    assert next_look(NOON, NOON - timedelta(hours=20)) == NOON + timedelta(hours=4)
    assert next_look(NOON, NOON) == next_due(NOON)
    assert next_look(NOON, next_due(NOON) - NOTICE + timedelta(seconds=1)) == next_due(NOON)
