"""The deciding objects of the features have the shape that the runner drives."""

from pbx.core.machine import Machine
from pbx.ivr.effects import EchoTest, FlowEffect
from pbx.ivr.events import FlowEvent, FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.steps import Echo, FlowPlan


def test_a_flow_is_a_machine() -> None:
    machine: Machine[FlowEvent, FlowEffect] = Flow(FlowPlan(name="echo", start="a", steps={"a": Echo()}))
    assert machine.handle(FlowStarted(), 0.0) == [EchoTest()]
    assert machine.tick(1.0) == [] and machine.deadline is None
