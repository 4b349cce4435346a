"""Who waits in the parking lot: the ways of the step."""

import pytest

from pbx.ivr.effects import ParkCaller
from pbx.ivr.events import FlowStarted, ParkEnded
from pbx.ivr.flow import Flow
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.ivr.waiting import Park, order

STEP = Park(slot="", back="gone", full="taken", wait_s=90.0)


@pytest.mark.parametrize(("outcome", "way"), [("back", "gone"), ("full", "taken")])
def test_the_ways(outcome: str, way: str) -> None:
    flow = Flow(FlowPlan(name="f", start="s", steps={"s": STEP, "gone": HangUp(), "taken": HangUp()}))
    assert flow.handle(FlowStarted(), 0.0) == [ParkCaller(slot="", wait_s=90.0)] == [order(STEP)]
    assert flow.state == "parked"
    flow.handle(ParkEnded(outcome="back" if outcome == "back" else "full"), 90.0)
    assert flow.step == way


def test_what_it_tells_of_itself() -> None:
    assert STEP.words == "parks the caller in a free slot for 90 s"
    assert Park(slot="701", back="a", full="b").words == "parks the caller in slot 701"
    told = Park(slot="701", back="a", full="b", tell="group/shop")
    assert told.words == "parks the caller in slot 701, and tells group/shop"
    assert order(told) == ParkCaller(slot="701", tell="group/shop")
    assert (STEP.following, STEP.connects, STEP.waits) == (("gone", "taken"), True, False)
