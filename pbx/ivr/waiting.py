"""The step that lets a caller wait in the parking lot until somebody dials his slot."""

from dataclasses import dataclass

from pbx.ivr.effects import ParkCaller
from pbx.ivr.step import Following, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Park(Step):
    """Park the caller in `slot`, "" = the first that is free; who dials the slot ends the flow.

    `back` takes whom nobody has fetched in time, `full` him for whom there is no room.
    `wait_s` None = as long as the lot says; the telephones of `tell` say which slot it is.
    """

    waits = False  # a lot may be full
    connects = True

    slot: str
    back: str
    full: str
    wait_s: float | None = None
    tell: str = ""

    @property
    def following(self) -> Following:
        return (self.back, self.full)

    @property
    def words(self) -> str:
        where = f"slot {self.slot}" if self.slot else "a free slot"
        told = f", and tells {self.tell}" if self.tell else ""
        return f"parks the caller in {where}" + (f" for {self.wait_s:g} s" if self.wait_s else "") + told


def order(step: Park) -> ParkCaller:
    """What the call is asked to do."""
    return ParkCaller(slot=step.slot, wait_s=step.wait_s, tell=step.tell)
