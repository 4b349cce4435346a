"""What a telephone or a flow switches: the way it is to be, and until when."""

from datetime import datetime
from typing import Literal

from pbx.schedules.switches import Position, Schedules, Switched

Wish = Literal["open", "closed", "hours", "other"]  # `other` = as it is not now, `hours` = what they say


def flipped(schedules: Schedules, name: str, to: Wish, by: str, at: datetime) -> Switched | None:
    """Return how a schedule is switched from now on, None = it goes by its hours.

    It is against the hours, and ends with them: when they change by themselves they hold again.
    """
    schedule = schedules.schedules.get(name)
    if schedule is None or to == "hours":
        return None
    is_open = schedules.state(name, at).kind == "open"
    position: Position = ("closed" if is_open else "open") if to == "other" else to
    if (position == "open") == (schedule.at(at).kind == "open"):
        return None
    return Switched(position=position, by=by, at=at, until=schedule.next_change(at))
