"""What a program may hand over, and what of it is refused."""

import json
from typing import Any

import pytest

from pbx.config.handed_answer import MAX_HANDED, handed_answer
from pbx.ivr.hand_off import HandOff
from pbx.ivr.program_steps import ProgramAnswer
from pbx.ivr.steps import Say

pytestmark = pytest.mark.requirement("IVR-04")
ASK = HandOff(
    server="orders",
    path="/next",
    leads_to=("night",),
    failed="sorry",
    names=frozenset({"ask", "night", "sorry", "agents"}),
    secret_entries=frozenset({"pin"}),
)
SAY = {"say": "Hello.", "next": "night"}


def answered(start: str = "hi", **steps: Any) -> ProgramAnswer:
    return handed_answer(json.dumps({"start": start, "steps": steps}).encode(), ASK, "ask")


def test_steps_are_handed_over() -> None:
    answer = answered(hi=SAY)
    assert (answer.outcome, answer.start) == ("answered", "hi")
    assert answer.steps == {"hi": Say(text="Hello.", next="night")}


def test_one_of_those_that_it_leads_to() -> None:
    assert handed_answer(b'{"start": "night"}', ASK, "ask") == ProgramAnswer(outcome="night")


def test_it_may_lead_to_the_step_that_asks() -> None:
    menu = {"menu": "?", "keys": {"1": "ask"}, "otherwise": "night"}
    assert answered(hi=menu).outcome == "answered"


@pytest.mark.parametrize(
    ("start", "steps", "why"),
    [
        ("agents", {}, "start: there is no step agents in the answer"),
        ("hi", {"ho": SAY}, "start: there is no step hi in the answer"),
        ("hi", {"hi": SAY | {"next": "agents"}}, "steps.hi: agents is not among leads_to"),
        ("hi", {"hi": {"ring": "extension/1001"}}, "steps.hi: is none of"),
        ("hi", {"hi": {"hand_off": {"server": "x"}, "failed": "night"}}, "steps.hi: is none of say"),
        ("agents", {"agents": SAY}, "steps.agents: the flow has a step agents"),
        ("hi", {"hi": SAY | {"more": 1}}, "unknown key more"),
        ("hi", {"hi": {"set": {"pin": "1"}, "next": "night"}}, "pin is not the program's to give"),
        ("hi", {"hi": {"set": {"caller": "1"}, "next": "night"}}, "caller is not the program's to give"),
        ("hi", {"hi": {"go_to": "ho"}, "ho": {"go_to": "hi"}}, "for ever without waiting"),
        ("hi", {"hi": {"say": "x" * 1001, "next": "night"}}, "steps.hi.say"),
    ],
)
def test_what_is_refused(start: str, steps: dict[str, Any], why: str) -> None:
    answer = answered(start, **steps)
    assert answer.outcome == "failed" and why in answer.why, answer.why
    assert not answer.steps


@pytest.mark.parametrize("octets", [b"", b"[]", b'{"start": 7}', b"{", b'{"steps": {}}'])
def test_what_is_no_answer(octets: bytes) -> None:
    assert handed_answer(octets, ASK, "ask").outcome == "failed"


def test_so_many_steps_and_no_more() -> None:
    steps = {f"s{i}": SAY for i in range(MAX_HANDED + 1)}
    assert answered("s1", **steps).outcome == "failed"
    steps.pop("s0")
    assert answered("s1", **steps).outcome == "answered"
