"""Steps as written, and what they become."""

import pytest

from pbx.config.flow_steps import DEFAULT_INVALID
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
}


@pytest.mark.parametrize("key", BUILT)
def test_what_a_step_becomes(key: str) -> None:
    written, step = BUILT[key]
    kind = STEPS[key]
    assert kind.build(kind.written.model_validate(written)) == step
    assert kind.step is type(step)
