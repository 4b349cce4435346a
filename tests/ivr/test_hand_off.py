"""A program decides what follows: what it is told, and what a flow does with what it hands over."""

import pytest

from pbx.core.secret import Secret
from pbx.ivr.effects import AskProgram, EndCall
from pbx.ivr.events import AnswerGiven, FlowStarted
from pbx.ivr.flow import Flow
from pbx.ivr.hand_off import MAX_HAND_OFFS, HandOff, goes_round
from pbx.ivr.program_steps import ProgramAnswer
from pbx.ivr.steps import Collect, FlowPlan, GoTo, HangUp, Say, Step
from pbx.ivr.variables import Match, SetTo
from pbx.media.dialogue import PlayPrompts

pytestmark = pytest.mark.requirement("IVR-04")
ASK = HandOff(server="orders", path="/next", send=("order",), leads_to=("night",), failed="sorry")
OWN = FlowPlan(
    name="f",
    start="begin",
    steps={
        "begin": SetTo(values={"order": "17"}, next="ask"),
        "ask": ASK,
        "pin": Collect(
            text="?", variable="pin", min_digits=1, max_digits=4, next="ask", fallback="ask", invalid_text="!"
        ),
        "night": HangUp(),
        "sorry": HangUp(),
    },
)


def asking() -> tuple[Flow, AskProgram]:
    flow = Flow(OWN)
    (order,) = flow.handle(FlowStarted(), 0.0)
    assert isinstance(order, AskProgram)
    return flow, order


def handed(start: str, **steps: Step) -> AnswerGiven:
    return AnswerGiven(answer=ProgramAnswer(outcome="answered", steps=steps, start=start))


def test_the_program_may_not_touch_what_is_the_flows() -> None:
    _, order = asking()
    assert isinstance(order.of, HandOff)
    assert order.of.names == frozenset(OWN.steps) and order.of.secret_entries == {"pin"}
    assert order.entered == {"order": Secret("17")}


def test_steps_of_the_program_are_gone_through() -> None:
    flow, _ = asking()
    by = Match(of="colour", cases=(), otherwise="night")
    begun = handed("hi", hi=SetTo(values={"colour": "red"}, next="by"), by=by)
    assert flow.handle(begun, 1.0) == [EndCall()]
    assert [step for _, step, _ in flow.take_entered()] == ["begin", "ask", "hi", "by", "night"]
    assert flow.variables["colour"].reveal() == "red"


def test_a_step_of_the_flow_that_it_leads_to() -> None:
    flow, _ = asking()
    assert flow.handle(AnswerGiven(answer=ProgramAnswer(outcome="night")), 1.0) == [EndCall()]
    assert flow.step == "night"


def test_what_was_handed_over_before_is_gone() -> None:
    flow, _ = asking()
    flow.handle(handed("hi", hi=GoTo(step="ask"), old=HangUp()), 1.0)
    flow.handle(handed("ho", ho=Say(text="Hello.", next="night")), 2.0)
    assert "old" not in flow._plan.steps and "ho" in flow._plan.steps


def test_a_program_is_asked_so_often_and_then_has_failed() -> None:
    flow, _ = asking()
    for n in range(1, MAX_HAND_OFFS + 1):
        assert flow.state == "asking", n
        (order,) = flow.handle(handed("hi", hi=GoTo(step="ask")), float(n))
    assert (order, flow.step) == (EndCall(), "sorry")


def test_what_a_program_has_said_is_heard() -> None:
    flow, _ = asking()
    (play,) = flow.handle(handed("hi", hi=Say(text="Hello.", next="ask")), 1.0)
    assert isinstance(play, PlayPrompts)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({"a": GoTo(step="b"), "b": GoTo(step="a")}, True),
        ({"a": GoTo(step="a")}, True),
        ({"a": GoTo(step="b"), "b": Say(text="x", next="a")}, False),
        ({"a": GoTo(step="b"), "b": GoTo(step="elsewhere")}, False),
        ({}, False),
    ],
)
def test_steps_that_go_round(steps: dict[str, Step], expected: bool) -> None:
    assert goes_round(steps) is expected


def test_its_words_and_ways() -> None:
    assert ASK.words == "lets the server orders decide what follows"
    assert dict(ASK.ways) == {"answered": None, "night": "night", "failed": "sorry"}
