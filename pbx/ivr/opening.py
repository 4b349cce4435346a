"""The step `schedule`: goes by opening hours, those written in it or those with a name."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from pbx.ivr.step import Following, Step
from pbx.schedules.opening import Opening, State
from pbx.schedules.switches import Schedules


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Step):
    """`opening` are hours of its own, in the zone of the tenant; None = those called `name`.

    `holiday` None = as when closed.
    """

    waits = False

    opening: Opening | None = None
    name: str = ""
    open: str
    closed: str
    holiday: str | None = None

    @property
    def following(self) -> Following:
        return (self.open, self.closed, self.holiday or self.closed)

    @property
    def words(self) -> str:
        holiday = f", on a holiday to {self.holiday}" if self.holiday else ""
        when = f"when {self.name} is open" if self.name else "in opening hours"
        return f"goes to {self.open} {when}, else to {self.closed}{holiday}"

    def chosen(self, at: datetime | None, zone: tzinfo, schedules: Schedules) -> str:
        """Return the step that follows; where nobody tells the time it is closed."""
        if self.opening is None:
            state = schedules.state(self.name, at)
        else:
            state = self.opening.at(at.astimezone(zone)) if at is not None else State(kind="closed")
        if state.kind == "holiday":
            return self.holiday or self.closed
        return self.open if state.kind == "open" else self.closed
