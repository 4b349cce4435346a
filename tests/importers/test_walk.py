"""A plan followed into steps: loops end, and steps that are alike are one."""

from pbx.importers.walk import MAX_STEPS, At, joined
from tests.importers.plans import flow_of


def test_a_loop_without_a_step_ends() -> None:
    flow, left = flow_of("NoOp()\nGoto(s,1)")
    assert flow.steps == {"end": {"hang_up": None}}
    assert left == ["main,s,1: a loop, or more than a flow has steps"]


def test_a_loop_with_a_step_comes_back_to_it() -> None:
    flow, left = flow_of("Playback(hello)\nGoto(s,1)")
    assert flow.steps[flow.start]["next"] == flow.start and left == []


def test_a_plan_that_never_ends_has_a_limit() -> None:
    rest = "[loop]\nexten => 1,1,Goto(11,1)\nexten => _X.,1,Playback(hello)\n same => n,Goto(${EXTEN}1,1)\n"
    flow, left = flow_of("Goto(loop,1,1)", rest=rest)
    assert len(flow.steps) <= MAX_STEPS
    assert any("more than a flow has steps" in one for one in left)


def test_steps_that_are_alike_are_one() -> None:
    steps = {"a": {"ring": "x", "no_answer": "b", "busy": "c"}, "b": {"say": "b", "next": "d"}}
    steps |= {"c": {"say": "b", "next": "e"}, "d": {"hang_up": ""}, "e": {"hang_up": ""}}
    start, left = joined("a", steps)
    assert start == "a" and left == {
        "a": {"ring": "x", "no_answer": "b", "busy": "b"},
        "b": {"say": "b", "next": "d"},
        "d": {"hang_up": ""},
    }


def test_what_is_known_goes_with_the_call() -> None:
    at = At("main", "s", 1).with_known({"A": "1"})
    assert at.then() == At("main", "s", 2, frozenset({("A", "1")})) and at.variables == {"A": "1"}
