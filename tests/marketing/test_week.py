"""Hours of days: the end is outside, holidays have their own, and unknown ones may be any day."""

from datetime import date, datetime

import pytest

from pbx.marketing.week import parse_week
from pbx.schedules.hours import DAYS

BRITISH = {"mon-fri": ["08:00-21:00"], "sat-sun": ["09:00-20:00"], "holiday": ["09:00-20:00"]}
CHRISTMAS = "2026-12-25"


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-11-24T07:59:59.999999", False),
        ("2026-11-24T08:00:00", True),
        ("2026-11-24T20:59:59.999999", True),
        ("2026-11-24T21:00:00", False),
        ("2026-11-28T08:59:59", False),
        ("2026-11-28T09:00:00", True),
        ("2026-11-29T20:00:00", False),
        ("2026-12-25T08:30:00", False),  # a Friday, and a holiday
        ("2026-12-25T20:30:00", False),
        ("2026-12-25T12:00:00", True),
    ],
)
@pytest.mark.requirement("C-14")
def test_the_hours_to_the_microsecond(local: str, is_open: bool) -> None:
    week = parse_week(BRITISH, [CHRISTMAS], "2026-12-31")
    assert week.is_open(datetime.fromisoformat(local)) is is_open


def test_behind_the_last_known_holiday_any_day_may_be_one() -> None:
    week = parse_week(BRITISH, [CHRISTMAS], "2026-12-31")
    assert week.is_open(datetime(2026, 12, 31, 20, 30))
    assert not week.is_open(datetime(2027, 1, 4, 20, 30))  # a Monday
    assert week.is_open(datetime(2027, 1, 4, 19, 30))


def test_a_day_that_is_not_written_is_closed_and_midnight_ends_one() -> None:
    week = parse_week({"tue": ["00:00-12:00", "13:00-24:00"]})
    assert week.is_open(datetime(2026, 11, 24, 23, 59, 59, 999999))
    assert not week.is_open(datetime(2026, 11, 24, 12, 30))
    assert not week.is_open(datetime(2026, 11, 25, 0, 0))
    assert set(week.spans) == {"tue"} < set(DAYS)


def test_holidays_without_hours_of_their_own_are_refused() -> None:
    assert parse_week(BRITISH, [CHRISTMAS]).holidays == {date(2026, 12, 25)}
    with pytest.raises(ValueError, match="no hours for them"):
        parse_week({"mon-fri": ["08:00-21:00"]}, [CHRISTMAS])


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "expected days"),
        ("mon", "expected days"),
        ({"monday": []}, "monday: expected a day"),
        ({"mon-fry": []}, "mon-fry: expected a day"),
        ({"sat-mon": []}, "the week begins on Monday"),
        ({"mon-fri": [], "tue": []}, "tue has two entries"),
        ({"mon": "08:00-21:00"}, "expected a list"),
        ({"mon": ["08:00-09:00"] * 5}, "at most 4"),
        ({"mon": ["08:00"]}, "08:00: expected a span"),
        ({"mon": ["21:00-08:00"]}, "expected a span"),
        ({"mon": ["24:00-24:00"]}, "expected a span"),
        ({"mon": ["08:00-25:00"]}, "expected a span"),
        ({"mon": ["08:00Z-09:00Z"]}, "expected a span"),
        ({"mon": ["10:00-14:00", "13:00-20:00"]}, "follow each other"),
        ({"mon": ["10:00-24:00", "13:00-20:00"]}, "follow each other"),
    ],
)
def test_what_is_no_week_is_said(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_week(written)


def test_a_holiday_is_a_date() -> None:
    with pytest.raises(ValueError, match="expected a date"):
        parse_week(BRITISH, ["Christmas"])
