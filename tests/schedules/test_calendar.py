"""iCalendar files: what is read of them, and what is refused with its line."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from pbx.schedules.calendar import MAX_EVENTS, CalendarError, Event, read_calendar
from pbx.schedules.holiday import Holiday
from pbx.schedules.opening import Appointment

LONDON = ZoneInfo("Europe/London")


def read(*events: str) -> tuple[Event, ...]:
    inner = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return read_calendar(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inner}END:VCALENDAR\r\n", "holiday", LONDON)


def lines(*written: str) -> str:
    return "\r\n".join(written)


@pytest.mark.rfc("5545", "3.6.1")
def test_whole_days() -> None:
    christmas = lines("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas\\, both")
    one_day = lines("DTSTART;VALUE=DATE:20270101", "SUMMARY:New", "  Year")
    gone = lines("DTSTART;VALUE=DATE:20270102", "STATUS:CANCELLED")
    yearly = lines("DTSTART;VALUE=DATE:20200501", "RRULE:FREQ=YEARLY;INTERVAL=1", "SUMMARY:May Day")
    assert read(christmas, one_day, gone, yearly) == (
        Holiday(first=date(2026, 12, 25), last=date(2026, 12, 26), name="Christmas, both"),
        Holiday(first=date(2027, 1, 1), last=date(2027, 1, 1), name="New Year"),
        Holiday(yearly=((5, 1), (5, 1)), name="May Day"),
    )


@pytest.mark.rfc("5545", "3.3.5")
@pytest.mark.parametrize(
    ("begin", "hour"),
    [
        ("DTSTART:20260706T090000Z", 9),
        ("DTSTART:20260706T090000", 8),
        ("DTSTART;TZID=America/New_York:20260706T090000", 13),
    ],
)
def test_times_of_utc_of_home_and_of_elsewhere(begin: str, hour: int) -> None:
    (event,) = read(lines(begin, "DTEND:20260706T170000Z", "SUMMARY:Party"))
    assert event == Appointment(
        begin=datetime(2026, 7, 6, hour, tzinfo=UTC),
        end=datetime(2026, 7, 6, 17, tzinfo=UTC),
        kind="holiday",
        name="Party",
    )


@pytest.mark.parametrize(
    ("event", "line", "message"),
    [
        ("SUMMARY:x", 5, "an event without DTSTART"),
        ("DTSTART:2026", 4, "2026: expected a time"),
        ("DTSTART;VALUE=DATE:20261325", 4, "20261325: expected a day"),
        ("DTSTART;TZID=Mars:20261225T090000", 4, "unknown time zone Mars"),
        (lines("DTSTART:20261225", "RRULE:FREQ=WEEKLY;BYDAY=MO"), 5, "only FREQ=YEARLY alone is read"),
        (lines("DTSTART:20261225", "RRULE:INTERVAL=1"), 5, "only FREQ=YEARLY alone is read"),
        (lines("DTSTART:20261225T090000Z", "RRULE:FREQ=YEARLY"), 5, "only whole days"),
        (lines("DTSTART:20261225", "EXDATE:20271225"), 5, "EXDATE is not read"),
        ("DTSTART", 4, "expected a name, a colon and a value"),
    ],
)
def test_what_is_refused(event: str, line: int, message: str) -> None:
    with pytest.raises(CalendarError, match=message) as caught:
        read(event)
    assert caught.value.line == line


def test_what_is_no_calendar_and_what_has_too_much_in_it() -> None:
    with pytest.raises(CalendarError, match="does not begin with BEGIN:VCALENDAR"):
        read_calendar("hello: world\n", "holiday", UTC)
    day = "DTSTART;VALUE=DATE:20261225"
    assert len(read(*[day] * MAX_EVENTS)) == MAX_EVENTS
    with pytest.raises(CalendarError, match=f"more than {MAX_EVENTS} events"):
        read(*[day] * (MAX_EVENTS + 1))
