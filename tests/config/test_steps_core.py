"""Steps as written, and what they become."""

import pytest
from pydantic import ValidationError

from pbx.config.flow_steps import DEFAULT_INVALID, MAX_TARGETS, WrittenRing
from pbx.config.steps_core import STEPS
from pbx.ivr import steps
from pbx.ivr.step import Step
from pbx.ivr.variables import SetTo

BUILT: dict[str, tuple[dict[str, object], Step]] = {
    "say": ({"say": "Hello.", "next": "a"}, steps.Say(text="Hello.", next="a")),
    "language": ({"language": "de-DE", "next": "a"}, steps.SpeakIn(language="de-DE", next="a")),
    "pause_recording": (
        {"pause_recording": "card", "next": "a"},
        steps.Silence(on=True, reason="card", next="a"),
    ),
    "resume_recording": (
        {"resume_recording": None, "next": "a"},
        steps.Silence(on=False, reason="", next="a"),
    ),
    "start_recording": (
        {"start_recording": "order", "next": "a"},
        steps.Segment(on=True, reason="order", next="a"),
    ),
    "hang_up": ({"hang_up": "Bye."}, steps.HangUp(text="Bye.")),
    "go_to": ({"go_to": "a"}, steps.GoTo(step="a")),
    "set": ({"set": {"desk": "berlin"}, "next": "a"}, SetTo(values={"desk": "berlin"}, next="a")),
    "collect": (
        {
            "collect": "Day?",
            "into": "day",
            "type": "date_ymd",
            "secret": False,
            "next": "a",
            "otherwise": "b",
        },
        steps.Collect(
            text="Day?",
            variable="day",
            min_digits=8,
            max_digits=8,
            next="a",
            fallback="b",
            invalid_text=DEFAULT_INVALID,
            secret=False,
            kind="date_ymd",
        ),
    ),
    "ring": (
        {"ring": "group/support", "for": "20s", "no_answer": "a", "busy": "b"},
        steps.Ring(target="group/support", ring_s=20.0, no_answer="a", busy="b"),
    ),
}


@pytest.mark.parametrize("key", BUILT)
def test_what_a_step_becomes(key: str) -> None:
    written, step = BUILT[key]
    kind = STEPS[key]
    assert kind.build(kind.written.model_validate(written)) == step
    assert kind.step is type(step)


def ring(targets: object) -> Step:
    written: dict[str, object] = {"ring": targets, "for": "20s", "no_answer": "a", "busy": "b"}
    return STEPS["ring"].build(WrittenRing.model_validate(written))


def test_several_ring_together() -> None:
    step = ring(["extension/1001", "group/support"])
    one = steps.Ring(target="extension/1001", others=("group/support",), ring_s=20.0, no_answer="a", busy="b")
    assert step == one
    assert step.words == "rings extension/1001 and group/support for 20 s"


def test_as_many_ring_as_may() -> None:
    most = [f"extension/{number}" for number in range(1001, 1001 + MAX_TARGETS)]
    assert isinstance(ring(most), steps.Ring)
    for wrong in ([*most, "group/support"], [], ["group/support"] * 2):
        with pytest.raises(ValidationError):
            ring(wrong)
