"""Opening hours: a week of spans, days that are holidays, and the step that goes by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from pbx.ivr.step import Following, Step

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[time, time | None]  # begin, and end (not within it); None = midnight
State = Literal["open", "closed", "holiday"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Spans by day; a day without any is closed. `yearly` are month and day of what returns each year.

    Spans are compared with the clock on the wall: in the hour that summer time skips or repeats (a gap or
    fold of PEP 495) the hands decide, as for who stands at the door.
    """

    spans: Mapping[str, tuple[Span, ...]]
    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def at(self, local: datetime) -> State:
        """Return how it is at a local time; a holiday goes before the hours of its day."""
        day, hands = local.date(), local.time()
        if day in self.dates or (day.month, day.day) in self.yearly:
            return "holiday"
        spans = self.spans.get(DAYS[day.weekday()], ())
        is_open = any(begin <= hands and (end is None or hands < end) for begin, end in spans)
        return "open" if is_open else "closed"

    def is_expired(self, today: date) -> bool:
        """Whether there are holidays, and none of them is still to come."""
        return bool(self.dates) and not self.yearly and max(self.dates) < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Step):
    """Go by the opening hours, in the zone of the tenant; `holiday` None = as when closed."""

    waits = False

    opening: Opening
    open: str
    closed: str
    holiday: str | None = None

    @property
    def following(self) -> Following:
        return (self.open, self.closed, self.holiday or self.closed)

    @property
    def words(self) -> str:
        holiday = f", on a holiday to {self.holiday}" if self.holiday else ""
        return f"goes to {self.open} in opening hours, else to {self.closed}{holiday}"

    def chosen(self, local: datetime | None) -> str:
        """Return the step that follows; where nobody tells the time it is closed."""
        state = self.opening.at(local) if local is not None else "closed"
        if state == "holiday":
            return self.holiday or self.closed
        return self.open if state == "open" else self.closed
