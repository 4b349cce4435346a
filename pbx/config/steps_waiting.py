"""The step `park` of a flow as it is written, and what it becomes."""

from typing import Annotated

from pydantic import Field

from pbx.config.parking import LEAST_S, MOST_S
from pbx.config.step_kind import StepKind
from pbx.config.steps_ring import Target
from pbx.config.types import Duration, Name, Strict, number
from pbx.ivr.waiting import Park

ANY = "any"
Slot = Annotated[str, *number("any|[1-9][0-9]{1,6}", "any, or a slot of the parking lot")]


class WrittenPark(Strict):
    park: Slot
    wait_s: Annotated[Duration, Field(ge=LEAST_S, le=MOST_S)] | None = Field(default=None, alias="for")
    tell: Target | None = None
    back: Name
    full: Name | None = None


def _park(written: WrittenPark) -> Park:
    slot = "" if written.park == ANY else written.park
    return Park(
        slot=slot,
        back=written.back,
        full=written.full or written.back,
        wait_s=written.wait_s,
        tell=written.tell or "",
    )


STEPS: dict[str, StepKind] = {"park": StepKind(WrittenPark, _park)}
