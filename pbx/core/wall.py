"""Wall: the tie between monotonic seconds and the wall clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Wall:
    """Ties one monotonic instant to the wall clock, so that machines need one `now` only."""

    at: datetime
    monotonic: float

    def time(self, now: float) -> datetime:
        """The wall-clock time of monotonic second `now`."""
        return self.at + timedelta(seconds=now - self.monotonic)

    def monotonic_of(self, at: datetime) -> float:
        """The monotonic second of a wall-clock time."""
        return self.monotonic + (at - self.at).total_seconds()


EPOCH = Wall(datetime(1970, 1, 1, tzinfo=UTC), 0.0)  # for endpoints whose peers never see a date
