"""The step `switch_schedule`: somebody opens or closes by hand, against the hours."""

from dataclasses import dataclass

from pbx.ivr.effects import FlowEffect, OrderSwitch
from pbx.ivr.step import Following, Step
from pbx.schedules.flip import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSchedule(Step):
    """Switch a schedule and go on by how it is then; `failed` = it is as it was."""

    waits = False

    schedule: str
    to: Wish
    open: str
    closed: str
    failed: str

    @property
    def following(self) -> Following:
        return (self.open, self.closed, self.failed)

    @property
    def words(self) -> str:
        how = {"other": "the other way", "hours": "to its hours"}.get(self.to, self.to)
        return f"switches {self.schedule} {how}: open to {self.open}, closed to {self.closed}"


def order(step: SwitchSchedule) -> FlowEffect:
    """Return what the step asks of the call."""
    return OrderSwitch(schedule=step.schedule, to=step.to)
