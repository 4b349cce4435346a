"""Opening hours: what the clock on the wall says decides, summer time or not."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from pbx.schedules.holiday import Holiday
from pbx.schedules.opening import Appointment, Opening, State

NINE, FIVE = time(9), time(17)
WEEK = Opening(
    spans={"mon": ((NINE, FIVE),), "fri": ((time(18), None),), "sat": ((time(0), time(2)),)},
    holidays=(
        Holiday(first=date(2026, 12, 28), last=date(2026, 12, 28)),
        Holiday(yearly=((12, 25), (12, 25))),
    ),
)
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
    assert WEEK.at(local).kind == state


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
    assert SUNDAYS.at(utc.astimezone(ZoneInfo(zone))).kind == state


def test_expired_when_no_holiday_is_to_come() -> None:
    once = Opening(spans={}, holidays=WEEK.holidays[:1])
    assert not once.is_expired(date(2026, 12, 28))
    assert once.is_expired(date(2026, 12, 29))
    assert not WEEK.is_expired(date(2030, 1, 1))
    assert not SUNDAYS.is_expired(date(2030, 1, 1))


def test_a_span_over_midnight_is_of_the_day_on_which_it_begins() -> None:
    night = Opening(
        spans={"fri": ((time(22), time(2)),), "sat": ((time(22), time(0)),)},
        holidays=(Holiday(first=date(2026, 12, 5), last=date(2026, 12, 5)),),
    )
    assert night.at(datetime(2026, 12, 4, 21, 59)).kind == "closed"
    assert night.at(datetime(2026, 12, 4, 23, 0)).kind == "open"
    assert night.at(datetime(2026, 12, 5, 1, 59)).kind == "open"  # a holiday, into which Friday goes on
    assert night.at(datetime(2026, 12, 5, 2, 0)).kind == "holiday"
    assert night.at(datetime(2026, 12, 12, 23, 59)).kind == "open"
    assert night.at(datetime(2026, 12, 13, 0, 0)).kind == "closed"


def test_an_exception_goes_before_a_holiday_and_an_appointment_before_both() -> None:
    day = date(2026, 12, 25)
    opening = Opening(
        spans={"fri": ((NINE, FIVE),)},
        holidays=(Holiday(first=day, last=day, name="Christmas"),),
        exceptions={day: ((time(10), time(12)),)},
        appointments=(
            Appointment(
                begin=datetime(2026, 12, 25, 11, tzinfo=UTC),
                end=datetime(2026, 12, 25, 11, 30, tzinfo=UTC),
                name="carols",
            ),
        ),
    )
    states = {
        hour: str(opening.at(datetime(2026, 12, 25, *hour, tzinfo=UTC)))
        for hour in ((9, 0), (10, 0), (11, 0), (11, 30))
    }
    assert list(states.values()) == ["closed", "open", "closed", "open"]
    assert opening.at(datetime(2026, 12, 25, 11, tzinfo=UTC)).name == "carols"
    assert opening.kinds == {"open", "closed", "holiday"}


def test_a_state_says_what_it_is() -> None:
    assert str(State(kind="holiday", name="Christmas")) == "closed for the holiday Christmas"
    assert str(State(kind="holiday")) == "closed for a holiday"
    assert str(State(kind="open", by="extension 1001")) == "open, switched by extension 1001"


def test_the_last_and_the_first_day_of_all() -> None:
    assert WEEK.at(datetime(1, 1, 1, 9, 0)).kind == "open"
    assert list(WEEK.edges(date(1, 1, 1))) == [time(0), NINE, FIVE]
