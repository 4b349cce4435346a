"""A playbook that says something else than what happens fails."""

import pytest

from tests.playbooks.playbook import HERE, Flow, Message, Player, Registered, Wait, read
from tests.playbooks.stage import Stage

FLOWS = {flow.section: flow for flow in read("rfc3665_registration.md")}
FILES = ("rfc3665_registration.md", "rfc3665_sessions.md", "rfc5359_services.md")


def test_a_flow_is_read_step_by_step() -> None:
    flow = FLOWS["2.4"]
    assert flow.title == "Cancellation of registration"
    assert [type(step) for step in flow.steps] == [Registered, Message, Message, Message, Message]
    first = flow.steps[1]
    assert isinstance(first, Message)
    assert (first.sender, first.receiver) == ("Bob", "PBX")
    assert first.text.splitlines()[0] == "REGISTER sip:acme.example SIP/2.0"


@pytest.mark.parametrize("file", FILES)
def test_every_arrow_of_a_playbook_is_played(file: str) -> None:
    steps = [step for flow in read(file) for step in flow.steps]
    lines = (HERE / file).read_text().splitlines()
    assert len([step for step in steps if isinstance(step, Message)]) == sum(" -> " in line for line in lines)


@pytest.mark.parametrize(
    ("shown", "instead"),
    [("SIP/2.0 200 OK", "SIP/2.0 202 Accepted"), ("expires=7200", "expires=60"), ("{bob.tag2}", "{bob.tag}")],
)
def test_a_wrong_line_is_found(shown: str, instead: str) -> None:
    flow = FLOWS["2.1"]
    steps = []
    for step in flow.steps:
        assert isinstance(step, Message)
        text = step.text.replace(shown, instead) if step.sender == "PBX" else step.text
        steps.append(Message(sender=step.sender, receiver=step.receiver, text=text, line=step.line))
    with pytest.raises(AssertionError, match=f"line {steps[-1].line}"):
        Player(Stage()).play(Flow(section="", title="", steps=tuple(steps)))


def test_a_message_too_much_and_one_that_does_not_come_are_found() -> None:
    flow = FLOWS["2.1"]
    too_few = Flow(section="", title="", steps=flow.steps[:-1])
    with pytest.raises(AssertionError, match="after the last message"):
        Player(Stage()).play(too_few)
    waits = Flow(section="", title="", steps=(flow.steps[0], Wait(seconds=1.0, line=7)))
    with pytest.raises(AssertionError, match="line 7: nothing was to come"):
        Player(Stage()).play(waits)
    too_many = Flow(section="", title="", steps=(*flow.steps, flow.steps[-1]))
    with pytest.raises(AssertionError, match="the PBX sends nothing to Bob"):
        Player(Stage()).play(too_many)
