"""Who looks for somebody by name: the ways of the step."""

import pytest

from pbx.ivr.effects import RequestDirectory, RingTarget
from pbx.ivr.events import FlowStarted, PersonChosen, RingEnded
from pbx.ivr.flow import Flow
from pbx.ivr.people import Directory, order
from pbx.ivr.steps import FlowPlan, HangUp

STEP = Directory(by="last_name", ring_s=20.0, none="none", no_answer="gone", busy="taken")
ENDS = {name: HangUp() for name in ("none", "gone", "taken")}


def at_directory() -> Flow:
    flow = Flow(FlowPlan(name="f", start="s", steps={"s": STEP, **ENDS}))
    assert flow.handle(FlowStarted(), 0.0) == [RequestDirectory(by="last_name")] == [order(STEP)]
    return flow


def test_nobody_is_chosen() -> None:
    flow = at_directory()
    flow.handle(PersonChosen(), 5.0)
    assert flow.step == "none"


@pytest.mark.parametrize(("outcome", "way"), [("no_answer", "gone"), ("busy", "taken")])
def test_who_is_chosen_rings(outcome: str, way: str) -> None:
    flow = at_directory()
    rings = flow.handle(PersonChosen(extension="1003"), 5.0)
    assert rings == [RingTarget(target="extension/1003", ring_s=20.0)]
    assert (flow.state, flow.step) == ("ringing", "s")
    assert flow.handle(PersonChosen(extension="1001"), 6.0) == [], "late"
    flow.handle(RingEnded(outcome="busy" if outcome == "busy" else "no_answer"), 9.0)
    assert flow.step == way


def test_what_it_tells_of_itself() -> None:
    assert STEP.words == "lets the caller look for somebody by last name"
    assert STEP.unattended == ("none",)
    assert STEP.following == ("none", "gone", "taken")
