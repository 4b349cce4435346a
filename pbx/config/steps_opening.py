"""The step `schedule` of a flow: opening hours written in it, or those of `schedules.yaml` by their name."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from pbx.config.opening import WrittenOpening
from pbx.config.step_kind import StepKind
from pbx.config.types import Name, Strict
from pbx.ivr.opening import Schedule
from pbx.ivr.switching import SwitchSchedule
from pbx.schedules.flip import Wish


class ScheduleArguments(WrittenOpening):
    """Hours of this step alone."""


def _form(value: Any) -> str:
    return "[name]" if isinstance(value, str) else "[hours]"  # nothing that may stand in a file


_Which = Annotated[
    Annotated[Name, Tag("[name]")] | Annotated[ScheduleArguments, Tag("[hours]")], Discriminator(_form)
]


class WrittenSchedule(Strict):
    schedule: _Which
    open: Name
    closed: Name
    holiday: Name | None = None


def _schedule(step: WrittenSchedule) -> Schedule:
    which = step.schedule
    return Schedule(
        opening=None if isinstance(which, str) else which.build(),
        name=which if isinstance(which, str) else "",
        open=step.open,
        closed=step.closed,
        holiday=step.holiday,
    )


class WrittenSwitch(Strict):
    switch_schedule: Name
    to: Wish = "other"
    open: Name
    closed: Name
    failed: Name


def _switch(step: WrittenSwitch) -> SwitchSchedule:
    return SwitchSchedule(
        schedule=step.switch_schedule,
        to=step.to,
        open=step.open,
        closed=step.closed,
        failed=step.failed,
    )


STEPS: dict[str, StepKind] = {
    "schedule": StepKind(WrittenSchedule, _schedule),
    "switch_schedule": StepKind(WrittenSwitch, _switch),
}
