"""Schedule: opening hours with a name and a zone, and when they change next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from pbx.schedules.opening import Opening, State

HORIZON_DAYS = 400  # behind a year nobody plans; what changes later is said to change never
_DAY = timedelta(days=1)
_STEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`code` = what telephones dial to switch it by hand, "" = nothing; `title` = how it is called aloud."""

    name: str
    opening: Opening
    zone: tzinfo = UTC
    title: str = ""
    code: str = ""
    place: str = ""  # file:line

    def at(self, moment: datetime) -> State:
        """Return how it is at a moment, nobody having switched it."""
        return self.opening.at(moment.astimezone(self.zone))

    def next_change(self, moment: datetime) -> datetime | None:
        """Return when it is open, closed or on holiday otherwise than at a moment, of UTC.

        None = not within HORIZON_DAYS.
        """
        now = self.at(moment).kind
        first = moment.astimezone(self.zone).date()
        for n in range(HORIZON_DAYS):
            day = first + n * _DAY
            for edge in sorted(set(self._edges(day))):
                if edge > moment and self.at(edge).kind != now:
                    return edge
        return None

    def _edges(self, day: date) -> Iterator[datetime]:
        """The moments of a day at which something may change: edges of spans, and jumps of the clock."""
        for hands in self.opening.edges(day):
            for fold in (0, 1):
                yield datetime.combine(day, hands, self.zone).replace(fold=fold).astimezone(UTC)
        begin, end = (datetime.combine(one, time.min, self.zone).astimezone(UTC) for one in (day, day + _DAY))
        jump = self._jump(begin, end)
        if jump is not None:
            yield jump
        for one in self.opening.appointments:
            yield from (edge for edge in (one.begin, one.end) if begin <= edge < end)

    def _jump(self, begin: datetime, end: datetime) -> datetime | None:
        """The first moment by the new time of a day on which the clocks go forward or back."""
        before = begin.astimezone(self.zone).utcoffset()
        if before == end.astimezone(self.zone).utcoffset():
            return None
        while end - begin > _STEP:
            half = begin + (end - begin) // 2
            if half.astimezone(self.zone).utcoffset() == before:
                begin = half
            else:
                end = half
        return end.replace(microsecond=0)
