"""The step that sends the caller on: to somebody, or to another flow."""

from dataclasses import dataclass

from pbx.ivr.effects import ContinueIn, RingTarget
from pbx.ivr.step import Following, Step
from pbx.ivr.timing import AT_ONCE, Timing, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Step):
    """Send the caller to `extension/1001`, `group/support`, `number/01632 960999` or `flow/night`.

    An answer ends the flow, another flow takes its place; `failed` takes whom nobody answers, None = it never
    fails. Who is called at a number presses no key: calls are meant to come there. `timing` has its account.
    """

    waits = False
    connects = True

    target: str
    ring_s: float = 25.0
    busy: str | None = None
    failed: str | None = None
    timing: Timing = AT_ONCE

    @property
    def flow(self) -> str:
        """The flow that goes on, "" = it is another target."""
        kind, _, name = self.target.partition("/")
        return name if kind == "flow" else ""

    @property
    def no_answer(self) -> str | None:
        """The way of whom nobody answers."""
        return self.failed

    @property
    def following(self) -> Following:
        return () if self.flow else (self.busy, self.failed)

    @property
    def words(self) -> str:
        if self.flow:
            return f"sends the caller to flow {self.flow}"
        return f"transfers the caller to {shown(self.target)}, which rings for {self.ring_s:g} s"


def order(step: Transfer) -> RingTarget | ContinueIn:
    """What the call is asked to do."""
    if step.flow:
        return ContinueIn(flow=step.flow)
    timings = {} if step.timing == AT_ONCE else {step.target: step.timing}
    return RingTarget(target=step.target, ring_s=step.ring_s, timings=timings)
