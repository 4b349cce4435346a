"""Opening hours: what the clock on the wall says decides, summer time or not."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from pbx.ivr.opening import Opening, Schedule

NINE, FIVE = time(9), time(17)
WEEK = Opening(
    spans={"mon": ((NINE, FIVE),), "fri": ((time(18), None),), "sat": ((time(0), time(2)),)},
    dates=frozenset({date(2026, 12, 28)}),
    yearly=frozenset({(12, 25)}),
)
STEP = Schedule(opening=WEEK, open="menu", closed="closed", holiday="feast")
SUNDAYS = Opening(spans={"sun": ((time(1, 30), time(2, 30)),)})


@pytest.mark.parametrize(
    ("local", "state"),
    [
        (datetime(2026, 11, 30, 8, 59, 59), "closed"),
        (datetime(2026, 11, 30, 9, 0), "open"),
        (datetime(2026, 11, 30, 16, 59, 59), "open"),
        (datetime(2026, 11, 30, 17, 0), "closed"),
        (datetime(2026, 12, 1, 12, 0), "closed"),
        (datetime(2026, 12, 4, 23, 59, 59), "open"),
        (datetime(2026, 12, 5, 1, 59), "open"),
        (datetime(2026, 12, 5, 2, 0), "closed"),
        (datetime(2026, 12, 28, 12, 0), "holiday"),
        (datetime(2026, 12, 25, 19, 0), "holiday"),
        (datetime(2031, 12, 25, 3, 0), "holiday"),
    ],
)
def test_hours_and_holidays(local: datetime, state: str) -> None:
    assert WEEK.at(local) == state


@pytest.mark.parametrize(
    ("zone", "utc", "state"),
    [
        # The clocks go forward: 01:00 to 02:00 in London, 02:00 to 03:00 in New York, 02:00 to 02:30 there.
        ("Europe/London", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "closed"),
        ("Europe/London", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "open"),
        ("America/New_York", datetime(2026, 3, 8, 6, 59, tzinfo=UTC), "open"),
        ("America/New_York", datetime(2026, 3, 8, 7, 0, tzinfo=UTC), "closed"),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 29, tzinfo=UTC), "open"),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), "closed"),
        # They go back: the span comes twice, or as far as the hour comes twice.
        ("Europe/London", datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "open"),
        ("Europe/London", datetime(2026, 10, 25, 1, 15, tzinfo=UTC), "closed"),
        ("Europe/London", datetime(2026, 10, 25, 1, 45, tzinfo=UTC), "open"),
        ("America/New_York", datetime(2026, 11, 1, 5, 45, tzinfo=UTC), "open"),
        ("America/New_York", datetime(2026, 11, 1, 6, 45, tzinfo=UTC), "open"),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 59, tzinfo=UTC), "open"),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 15, tzinfo=UTC), "open"),
    ],
)
def test_gap_and_fold_of_summer_time(zone: str, utc: datetime, state: str) -> None:
    assert SUNDAYS.at(utc.astimezone(ZoneInfo(zone))) == state


def test_expired_when_no_holiday_is_to_come() -> None:
    once = Opening(spans={}, dates=frozenset({date(2026, 12, 28)}))
    assert not once.is_expired(date(2026, 12, 28))
    assert once.is_expired(date(2026, 12, 29))
    assert not WEEK.is_expired(date(2030, 1, 1))
    assert not SUNDAYS.is_expired(date(2030, 1, 1))


def test_the_step_chooses() -> None:
    assert STEP.chosen(datetime(2026, 11, 30, 9, 0)) == "menu"
    assert STEP.chosen(datetime(2026, 12, 1, 9, 0)) == "closed"
    assert STEP.chosen(datetime(2026, 12, 25, 9, 0)) == "feast"
    assert STEP.chosen(None) == "closed"
    plain = Schedule(opening=WEEK, open="menu", closed="closed")
    assert plain.chosen(datetime(2026, 12, 25, 9, 0)) == "closed"


def test_the_step_tells_of_itself() -> None:
    assert STEP.following == ("menu", "closed", "feast")
    assert STEP.words == "goes to menu in opening hours, else to closed, on a holiday to feast"
    assert not STEP.waits
