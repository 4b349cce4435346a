"""Monotonic seconds and the wall clock, both ways."""

from datetime import UTC, datetime, timedelta

from pbx.core.wall import EPOCH, Wall

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_both_ways_meet() -> None:
    wall = Wall(AT, 1000.0)
    later = AT + timedelta(seconds=90.5)
    assert wall.time(1090.5) == later
    assert wall.monotonic_of(later) == 1090.5
    assert EPOCH.time(0.0).year == 1970
