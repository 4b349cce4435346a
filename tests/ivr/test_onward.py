"""Where a transfer leads, and what the call is asked for."""

import pytest

from pbx.ivr.effects import ContinueIn, FlowEffect, RingTarget
from pbx.ivr.events import FlowStarted, RingEnded
from pbx.ivr.flow import Flow
from pbx.ivr.onward import Transfer, order
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.ivr.timing import Timing

OUTSIDE = Timing(account="1001", asks_key=False)


@pytest.mark.parametrize(
    ("step", "wanted", "words"),
    [
        (
            Transfer(target="group/sales", ring_s=9.0, busy="a", failed="a"),
            RingTarget(target="group/sales", ring_s=9.0),
            "transfers the caller to group/sales, which rings for 9 s",
        ),
        (
            Transfer(target="number/01632960999", busy="a", failed="a", timing=OUTSIDE),
            RingTarget(target="number/01632960999", ring_s=25.0, timings={"number/01632960999": OUTSIDE}),
            "transfers the caller to number 0163*****99, which rings for 25 s",
        ),
        (Transfer(target="flow/night"), ContinueIn(flow="night"), "sends the caller to flow night"),
    ],
)
def test_what_is_asked_for(step: Transfer, wanted: FlowEffect, words: str) -> None:
    assert order(step) == wanted
    assert step.words == words


@pytest.mark.parametrize(("outcome", "way"), [("busy", "taken"), ("no_answer", "gone")])
def test_the_ways(outcome: str, way: str) -> None:
    steps = {
        "s": Transfer(target="extension/1", busy="taken", failed="gone"),
        "taken": HangUp(cause="busy"),
        "gone": HangUp(),
    }
    flow = Flow(FlowPlan(name="f", start="s", steps=steps))
    flow.handle(FlowStarted(), 0.0)
    flow.handle(RingEnded(outcome="busy" if outcome == "busy" else "no_answer"), 5.0)
    assert flow.step == way
