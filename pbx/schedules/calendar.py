"""Calendars of others: the events of an iCalendar file (RFC 5545), whole days and times."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pbx.schedules.holiday import Holiday, Kind
from pbx.schedules.opening import Appointment

MAX_OCTETS = 1_000_000  # of a file: a country's holidays of ten years have 100 kB
MAX_EVENTS = 1_000
MAX_NAME = 64  # characters of a SUMMARY that are told
_DAY = timedelta(days=1)
_YEARLY = ("FREQ=YEARLY", "INTERVAL=1")
Event = Holiday | Appointment


class CalendarError(ValueError):
    """What is wrong in a file, and in which of its lines."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Property:
    """A content line (RFC 5545 §3.1) without what nobody needs of its parameters."""

    line: int
    value: str
    zone: str = ""


def read_calendar(text: str, kind: Kind, home: tzinfo) -> tuple[Event, ...]:
    """Return the events of a file; times without a zone are those of `home`. CalendarError."""
    events: list[Event] = []
    inside: dict[str, _Property] | None = None
    for number, line in _unfolded(text):
        name, colon, value = line.partition(":")
        name, *parameters = name.upper().split(";")
        if not colon:
            raise CalendarError(number, "expected a name, a colon and a value")
        if (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            inside = {}
        elif (name, value.strip().upper()) == ("END", "VEVENT") and inside is not None:
            event = _event(inside, kind, home, number)
            events += [event] if event is not None else []
            inside = None
            if len(events) > MAX_EVENTS:
                raise CalendarError(number, f"more than {MAX_EVENTS} events")
        elif inside is not None:
            zone = next((one[5:] for one in line.partition(":")[0].split(";") if one.startswith("TZID=")), "")
            inside.setdefault(name, _Property(number, value.strip(), zone.strip('"')))
    if not text.lstrip("\ufeff \r\n").upper().startswith("BEGIN:VCALENDAR"):
        raise CalendarError(1, "not an iCalendar file: it does not begin with BEGIN:VCALENDAR")
    return tuple(events)


def _unfolded(text: str) -> list[tuple[int, str]]:
    """Content lines with their numbers; one that begins with a blank goes on with the line before."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = line.removesuffix("\r")
        if line[:1] in (" ", "\t") and lines:
            lines[-1] = lines[-1][0], lines[-1][1] + line[1:]
        elif line:
            lines.append((number, line))
    return lines


def _event(found: dict[str, _Property], kind: Kind, home: tzinfo, line: int) -> Event | None:
    begin = found.get("DTSTART")
    if "STATUS" in found and found["STATUS"].value.upper() == "CANCELLED":
        return None
    if begin is None:
        raise CalendarError(line, "an event without DTSTART")
    if unknown := sorted({"DURATION", "EXDATE", "RDATE", "RECURRENCE-ID"} & found.keys()):
        raise CalendarError(found[unknown[0]].line, f"{unknown[0]} is not read: write such days by hand")
    end = found.get("DTEND")
    name = _name(found["SUMMARY"].value) if "SUMMARY" in found else ""
    if len(begin.value) == len("20261225"):
        first = _date(begin)
        last = _date(end) - _DAY if end is not None else first
        return _days(first, max(first, last), name, kind, found.get("RRULE"))
    if "RRULE" in found:
        raise CalendarError(found["RRULE"].line, "times that come back are not read, only whole days")
    starts = _moment(begin, home)
    return Appointment(
        begin=starts, end=_moment(end, home) if end is not None else starts, kind=kind, name=name
    )


def _days(first: date, last: date, name: str, kind: Kind, rule: _Property | None) -> Holiday:
    if rule is None:
        return Holiday(first=first, last=last, name=name, kind=kind)
    if not set(rule.value.upper().split(";")) <= set(_YEARLY) or "FREQ=YEARLY" not in rule.value.upper():
        raise CalendarError(rule.line, f"{rule.value}: only FREQ=YEARLY alone is read")
    return Holiday(yearly=((first.month, first.day), (last.month, last.day)), name=name, kind=kind)


def _date(written: _Property) -> date:
    try:
        return datetime.strptime(written.value, "%Y%m%d").date()
    except ValueError:
        raise CalendarError(written.line, f"{written.value}: expected a day such as 20261225") from None


def _moment(written: _Property, home: tzinfo) -> datetime:
    text = written.value.upper()
    try:
        zone = UTC if text.endswith("Z") else ZoneInfo(written.zone) if written.zone else home
        return datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except (ZoneInfoNotFoundError, OSError):
        raise CalendarError(written.line, f"unknown time zone {written.zone}") from None
    except ValueError:
        raise CalendarError(
            written.line, f"{written.value}: expected a time such as 20261225T090000Z"
        ) from None


def _name(text: str) -> str:
    """A TEXT without its escapes (RFC 5545 §3.3.11), in one line."""
    plain = text.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";")
    return "".join(one for one in plain.replace("\\\\", "\\") if one.isprintable())[:MAX_NAME]
