"""iCalendar files of a schedule, as they are named in `schedules.yaml` and lie in the tenant's folder."""

from datetime import tzinfo
from pathlib import Path
from typing import Annotated

from pydantic import Field

from pbx.config.inside import inside
from pbx.config.types import Strict
from pbx.schedules.calendar import MAX_OCTETS, CalendarError, Event, read_calendar
from pbx.schedules.holiday import Holiday, Kind
from pbx.schedules.opening import Appointment, Opening

MAX_CALENDARS = 8  # of one schedule


class WrittenCalendar(Strict):
    """One file, and what its events are: holidays, times that are closed, or times that are open."""

    file: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Kind = Field(default="holiday", alias="as")


def events_of(folder: Path, written: WrittenCalendar, zone: tzinfo) -> tuple[Event, ...]:
    """Return the events of a file; CalendarError, of line 0 when there is no such file."""
    file = inside(folder, written.file)
    if file is None or not file.is_file():
        raise CalendarError(0, f"there is no file {written.file} in the tenant's folder")
    octets = file.read_bytes()
    if len(octets) > MAX_OCTETS:
        raise CalendarError(0, f"{written.file} has more than {MAX_OCTETS} octets")
    try:
        return read_calendar(octets.decode(), written.kind, zone)
    except UnicodeDecodeError:
        raise CalendarError(1, "not UTF-8") from None


def with_events(opening: Opening, events: tuple[Event, ...]) -> Opening:
    """Return opening hours with what stands in calendars besides."""
    return Opening(
        spans=opening.spans,
        exceptions=opening.exceptions,
        holidays=(*opening.holidays, *(one for one in events if isinstance(one, Holiday))),
        appointments=tuple(one for one in events if isinstance(one, Appointment)),
    )
