"""The step `switch_schedule`: it asks, waits, and goes on by what came of it."""

from pbx.core.ids import CallId
from pbx.ivr import steps
from pbx.ivr.effects import EndCall, OrderSwitch
from pbx.ivr.events import FlowStarted, SwitchEnded
from pbx.ivr.flow import Flow
from pbx.ivr.switching import SwitchSchedule

STEP = SwitchSchedule(schedule="office", to="other", open="a", closed="b", failed="c")
CALL = CallId("one")


def test_it_goes_on_by_what_came_of_it() -> None:
    ends = {name: steps.HangUp() for name in "abc"}
    for outcome, name in (("open", "a"), ("closed", "b"), ("failed", "c")):
        flow = Flow(steps.FlowPlan(name="night", start="switch", steps={"switch": STEP, **ends}))
        assert flow.handle(FlowStarted(), 0.0) == [OrderSwitch(schedule="office", to="other")]
        assert flow.state == "switching"
        ended = SwitchEnded(call=CALL, outcome=outcome)  # type: ignore[arg-type]
        assert flow.handle(ended, 1.0) == [EndCall()]
        assert flow.step == name


def test_it_tells_of_itself() -> None:
    assert STEP.following == ("a", "b", "c")
    assert STEP.words == "switches office the other way: open to a, closed to b"
    hours = SwitchSchedule(schedule="office", to="hours", open="a", closed="b", failed="c")
    assert hours.words == "switches office to its hours: open to a, closed to b"
