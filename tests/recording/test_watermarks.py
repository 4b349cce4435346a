"""Which level each share of the spool's file system is, on the way up and on the way down."""

import pytest

from pbx.recording.watermarks import MARKS, Level, Space, Watermarks

ABOVE = {Level.FILLING: Level.ROOM, Level.TIGHT: Level.FILLING, Level.FULL: Level.TIGHT}
BEGINS = [(mark.level, mark.begins_at) for mark in MARKS]


def reached(level: Level) -> Watermarks:
    marks = Watermarks()
    marks.take(dict(BEGINS).get(level, 0.0))
    assert marks.level is level
    return marks


@pytest.mark.requirement("R-16")
def test_the_marks_are_those_of_the_requirement() -> None:
    assert BEGINS == [(Level.FILLING, 80.0), (Level.TIGHT, 90.0), (Level.FULL, 95.0)]


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(("level", "begins_at"), BEGINS)
def test_a_level_begins_at_its_mark(level: Level, begins_at: float) -> None:
    marks = reached(ABOVE[level])
    assert not marks.take(begins_at - 0.01)
    assert marks.level is ABOVE[level]
    assert marks.take(begins_at)
    assert marks.level is level
    assert not marks.take(begins_at), "told once"


@pytest.mark.requirement("F-14")
@pytest.mark.parametrize(
    ("level", "stays_at", "next_level"),
    [
        (Level.FILLING, 78.0, Level.ROOM),
        (Level.TIGHT, 88.0, Level.FILLING),
        (Level.FULL, 85.0, Level.FILLING),
    ],
)
def test_a_level_ends_below_another_mark(level: Level, stays_at: float, next_level: Level) -> None:
    marks = reached(level)
    assert not marks.take(stays_at)
    assert marks.take(stays_at - 0.01)
    assert marks.level is next_level


@pytest.mark.requirement("R-16")
@pytest.mark.requirement("F-14")
def test_a_full_spool_takes_no_new_recording_until_there_is_room_again() -> None:
    marks = Watermarks()
    assert marks.refusal() == ""
    for used, refusal in (
        (94.99, ""),
        (95.0, "the spool is 95 % full"),
        (100.0, "the spool is 100 % full"),
        (85.0, "the spool is 85 % full"),
        (84.99, ""),
        (94.99, ""),
    ):
        marks.take(used)
        assert marks.refusal() == refusal, used


def test_from_nothing_to_full_in_one_step_and_back() -> None:
    marks = Watermarks()
    assert marks.take(100.0)
    assert marks.refusal()
    assert marks.take(0.0)
    assert marks.level is Level.ROOM


@pytest.mark.parametrize(
    ("space", "percent"),
    [
        (Space(blocks_used=19, blocks_left=1, files_used=1, files_left=9), 95.0),
        (Space(blocks_used=1, blocks_left=9, files_used=19, files_left=1), 95.0),
        (Space(blocks_used=5, blocks_left=0, files_used=0, files_left=0), 100.0),
        (Space(blocks_used=0, blocks_left=0, files_used=0, files_left=0), 0.0),
    ],
)
def test_what_ends_first_counts_and_who_says_nothing_has_room(space: Space, percent: float) -> None:
    assert space.used_percent == percent
