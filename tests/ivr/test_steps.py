"""Where each kind of step can lead, and which of them take time."""

import pytest

from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.ivr.variables import Case, Match, SetTo

CASES: list[tuple[steps.Step, tuple[str | None, ...], bool]] = [
    (steps.Say(text="?", next="a"), ("a",), True),
    (steps.Menu(text="?", keys={"1": "a", "2": "b"}, fallback="c", invalid_text="!"), ("a", "b", "c"), True),
    (
        steps.Collect(
            text="?", variable="v", min_digits=1, max_digits=2, next="a", fallback="b", invalid_text="!"
        ),
        ("a", "b"),
        True,
    ),
    (steps.RecordingConsent(purposes=(), granted="a", declined="b"), ("a", "b"), False),
    (steps.Verify(methods=(), attempts=1, verified="a", otherwise="b"), ("a", "b"), False),
    (steps.Verify(methods=(), attempts=1, verified="a", otherwise="b", company="c"), ("a", "b", "c"), False),
    (steps.Ring(target="group/x", ring_s=1.0, no_answer="a", busy="b"), ("a", "b"), False),
    (steps.Voicemail(box="x", greeting="?", max_s=1.0), (None,), True),
    (steps.Conference(conference="team", next=None, refused="a"), (None, "a"), False),
    (steps.MediaStream(url=Secret("wss://b/"), next=None, failed="a"), (None, "a"), False),
    (steps.Echo(), (None,), True),
    (steps.Milliwatt(duration_s=30.0, next="a"), ("a",), True),
    (steps.HangUp(), (None,), True),
    (steps.GoTo(step="a"), ("a",), False),
    (steps.Silence(on=True, reason="card", next="a"), ("a",), False),
    (steps.Segment(on=True, reason="statement", next="a"), ("a",), False),
    (Match(of="v", cases=(Case(then="a"), Case(then="b")), otherwise="c"), ("a", "b", "c"), False),
    (SetTo(values={"v": "1"}, next="a"), ("a",), False),
]


@pytest.mark.parametrize(("step", "following", "takes_time"), CASES)
def test_successors_and_waits(step: steps.Step, following: tuple[str | None, ...], takes_time: bool) -> None:
    assert steps.successors(step) == following
    assert steps.waits(step) is takes_time


def test_where_a_message_can_be_left() -> None:
    say = steps.Say(text="Hello.", next=None)
    message = steps.Voicemail(box="support", greeting="Speak.", max_s=60.0)
    hello = steps.FlowPlan(name="hello", start="a", steps={"a": say})
    mail = steps.FlowPlan(name="mail", start="a", steps={"a": say, "b": message})
    assert steps.takes_messages([hello, mail])
    assert not steps.takes_messages([hello])
    assert not steps.takes_messages([])
