"""Switches: what people have switched by hand, for now, against what the schedules say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pbx.schedules.opening import State
from pbx.schedules.schedule import Schedule

Position = Literal["open", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """Somebody has switched a schedule; `until` None = until somebody switches it again."""

    position: Position
    by: str
    at: datetime
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether it is still so."""
        return self.until is None or moment < self.until


class Switches:
    """What is switched, by tenant and schedule, as it is now; the store's, whom somebody follows."""

    __slots__ = ("_switched", "version")

    def __init__(self) -> None:
        self._switched: dict[tuple[str, str], Switched] = {}
        self.version = 0  # another one after each change

    def restore(self, switched: Mapping[tuple[str, str], Switched]) -> None:
        """These are switched, and no others."""
        if dict(switched) != self._switched:
            self._switched = dict(switched)
            self.version += 1

    def note(self, tenant: str, schedule: str, switched: Switched | None) -> None:
        """One is switched now, None = back to its hours."""
        if switched is None:
            self._switched.pop((tenant, schedule), None)
        else:
            self._switched[tenant, schedule] = switched
        self.version += 1

    def of(self, tenant: str, schedule: str, moment: datetime) -> Switched | None:
        """What holds of a schedule at a moment, None = its hours."""
        found = self._switched.get((tenant, schedule))
        return found if found is not None and found.holds(moment) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedules:
    """The schedules of a tenant by name, and what is switched of them."""

    tenant: str = ""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches, compare=False)

    @property
    def codes(self) -> Mapping[str, str]:
        """The schedules that telephones switch, by code."""
        return {one.code: one.name for one in self.schedules.values() if one.code}

    def state(self, name: str, moment: datetime | None) -> State:
        """Return how a schedule is; where nobody tells the time it is closed, and so is one that is gone."""
        schedule = self.schedules.get(name)
        if schedule is None or moment is None:
            return State(kind="closed")
        switched = self.switches.of(self.tenant, name, moment)
        if switched is not None:
            return State(kind=switched.position, by=switched.by)
        return schedule.at(moment)


NO_SCHEDULES = Schedules()
