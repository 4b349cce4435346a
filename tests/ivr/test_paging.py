"""Who speaks to many telephones: the ways of the step."""

import pytest

from pbx.ivr.effects import EndCall, PageGroup
from pbx.ivr.events import FlowStarted, PageEnded
from pbx.ivr.flow import Flow
from pbx.ivr.paging import Page, order
from pbx.ivr.steps import FlowPlan, HangUp

STEP = Page(target="group/shop", most_s=45.0, next="done", none="nobody")


@pytest.mark.parametrize(("outcome", "way"), [("next", "done"), ("none", "nobody")])
def test_the_ways(outcome: str, way: str) -> None:
    flow = Flow(FlowPlan(name="f", start="s", steps={"s": STEP, "done": HangUp(), "nobody": HangUp()}))
    assert flow.handle(FlowStarted(), 0.0) == [PageGroup(target="group/shop", most_s=45.0)] == [order(STEP)]
    assert flow.state == "paging"
    flow.handle(PageEnded(outcome="next" if outcome == "next" else "none"), 45.0)
    assert flow.step == way


def test_without_a_way_the_call_ends() -> None:
    flow = Flow(FlowPlan(name="f", start="s", steps={"s": Page(target="group/shop", most_s=5.0)}))
    flow.handle(FlowStarted(), 0.0)
    assert flow.handle(PageEnded(outcome="next"), 5.0) == [EndCall()]


def test_what_it_tells_of_itself() -> None:
    assert STEP.words == "lets group/shop hear the caller for 45 s"
    assert (STEP.following, STEP.waits, STEP.connects) == (("done", "nobody"), False, False)
