"""A schedule with a zone: how it is, and when that changes, over the ends of summer time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.schedules.holiday import Holiday
from pbx.schedules.hours import DAYS
from pbx.schedules.opening import Appointment, Opening
from pbx.schedules.schedule import HORIZON_DAYS, Schedule

OFFICE = Opening(
    spans=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ((time(9), time(17)),)),
    holidays=(Holiday(yearly=((12, 25), (12, 26)), name="Christmas"),),
)
NIGHTS = Opening(spans={"sat": ((time(22), time(3)),), "sun": ((time(1, 30), time(2, 30)),)})
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe")


def schedule(opening: Opening, zone: str) -> Schedule:
    return Schedule(name="office", opening=opening, zone=ZoneInfo(zone))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "change"),
    [
        ("Europe/London", "2026-11-30T10:00", "2026-11-30T17:00"),
        ("Europe/London", "2026-11-30T17:00", "2026-12-01T09:00"),
        ("Europe/London", "2026-12-24T18:00", "2026-12-25T00:00"),
        ("Europe/London", "2026-12-25T10:00", "2026-12-27T00:00"),
        ("Europe/London", "2026-03-27T17:00", "2026-03-30T08:00"),  # the clocks go forward on Sunday
        ("Europe/London", "2026-10-23T16:00", "2026-10-26T09:00"),  # and back
        ("America/New_York", "2026-11-30T10:00", "2026-11-30T14:00"),
        ("Australia/Lord_Howe", "2026-10-02T07:00", "2026-10-04T22:00"),  # +10:30 up to Sunday, then +11
    ],
)
def test_the_next_change(zone: str, moment: str, change: str) -> None:
    assert schedule(OFFICE, zone).next_change(utc(moment)) == utc(change)


def test_a_gap_and_a_fold_change_it_themselves() -> None:
    gap = schedule(Opening(spans={"sun": ((time(1, 30), time(2, 30)),)}), "Europe/London")
    assert gap.next_change(utc("2026-03-29T00:30")) == utc("2026-03-29T01:00")  # 02:00 behind 00:59:59
    assert gap.next_change(utc("2026-10-25T00:30")) == utc("2026-10-25T01:00")  # 01:00 again
    assert gap.next_change(utc("2026-10-25T01:00")) == utc("2026-10-25T01:30")


@given(
    zone=st.sampled_from(ZONES),
    opening=st.sampled_from((OFFICE, NIGHTS)),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    minute=st.integers(0, 1439),
)
def test_nothing_changes_before_the_next_change(zone: str, opening: Opening, day: date, minute: int) -> None:
    one = schedule(opening, zone)
    moment = datetime.combine(day, time.min, UTC) + timedelta(minutes=minute)
    change = one.next_change(moment)
    assert change is not None
    state = one.at(moment).kind
    assert one.at(change).kind != state
    assert one.at(change - timedelta(microseconds=1)).kind == state
    steps = int((change - moment) / timedelta(minutes=15))
    assert all(one.at(moment + n * timedelta(minutes=15)).kind == state for n in range(min(steps, 400)))


def test_what_never_changes_and_what_a_calendar_has() -> None:
    always = Opening(spans=dict.fromkeys(DAYS, ((time(0), None),)))
    assert schedule(always, "UTC").next_change(utc("2026-11-30T10:00")) is None
    begin = utc("2026-12-02T10:10")
    party = Appointment(begin=begin, end=begin + timedelta(minutes=50), name="party")
    busy = Opening(spans=always.spans, appointments=(party,))
    assert schedule(busy, "UTC").next_change(utc("2026-11-30T10:00")) == begin
    assert schedule(busy, "UTC").next_change(begin) == utc("2026-12-02T11:00")
    late = begin + timedelta(days=HORIZON_DAYS)
    far = Opening(spans=always.spans, appointments=(Appointment(begin=late, end=late + timedelta(hours=1)),))
    assert schedule(far, "UTC").next_change(utc("2026-11-30T10:00")) is None
