"""Opening: how it is at a local time, by the hours of the week, holidays and exceptions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from pbx.schedules.holiday import Holiday, Kind
from pbx.schedules.hours import DAYS, Spans, is_overnight

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How it is; `name` = of the holiday or of what the calendar has there, `by` = who has switched it so."""

    kind: Kind
    name: str = ""
    by: str = ""

    def __str__(self) -> str:
        words: str = self.kind
        if words == "holiday":
            words = f"closed for the holiday {self.name}" if self.name else "closed for a holiday"
        return f"{words}, switched by {self.by}" if self.by else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A time of a calendar that is not whole days: from `begin` up to `end`, both of UTC."""

    begin: datetime
    end: datetime
    kind: Kind = "closed"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Spans by day; a day without any is closed. The most particular counts: appointment, exception, holiday.

    Spans are compared with the clock on the wall: in the hour that summer time skips or repeats (a gap or
    fold of PEP 495) the hands decide, as for who stands at the door. One over midnight is of the day on
    which it begins: it is left out when that is a holiday, and goes on into one.
    """

    spans: Mapping[str, Spans]
    holidays: tuple[Holiday, ...] = ()
    exceptions: Mapping[date, Spans] = field(default_factory=dict)  # hours of days unlike their weekday
    appointments: tuple[Appointment, ...] = ()

    def at(self, local: datetime) -> State:
        """Return how it is at a local time, aware of its zone where there are appointments."""
        for one in self.appointments:
            if one.begin <= local.astimezone(UTC) < one.end:
                return State(kind=one.kind, name=one.name)
        day, hands = local.date(), local.time()
        before = day - _DAY if day > date.min else day
        tails = (span for span in self._hours(before) if is_overnight(span))
        if any(end is not None and hands < end for _, end in tails):
            return State(kind="open")
        if day not in self.exceptions and (special := self.holiday(day)) is not None:
            return State(kind=special.kind, name=special.name)
        is_open = any(
            begin <= hands and (end is None or hands < end or end <= begin) for begin, end in self._hours(day)
        )
        return State(kind="open" if is_open else "closed")

    def holiday(self, day: date) -> Holiday | None:
        """What makes a day unlike others of its week, None = nothing."""
        return next((one for one in self.holidays if one.covers(day)), None)

    def _hours(self, day: date) -> Spans:
        """The spans that begin on a day."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if self.holiday(day) is not None else self.spans.get(DAYS[day.weekday()], ())

    def edges(self, day: date) -> Iterator[time]:
        """Yield the times of a day at which it may begin to be otherwise, midnight among them."""
        yield time.min
        for span in (*self._hours(day), *(self._hours(day - _DAY) if day > date.min else ())):
            yield from (edge for edge in span if edge is not None)

    @property
    def kinds(self) -> frozenset[Kind]:
        """All that it can ever be; closed counts, for whoever is open day and night may be switched."""
        found: set[Kind] = {"closed", *(one.kind for one in self.holidays)}
        found.update(one.kind for one in self.appointments)
        has_hours = any(self.spans.values()) or any(self.exceptions.values())
        return frozenset(found | {"open"} if has_hours else found)

    def is_expired(self, today: date) -> bool:
        """Whether there are holidays, and none of them is still to come."""
        return bool(self.holidays) and all(one.is_over(today) for one in self.holidays)
