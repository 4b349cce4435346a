"""The outcomes of steps by the words of their file."""

import pytest

from pbx.ivr import steps
from pbx.ivr.opening import Schedule
from pbx.ivr.variables import Case, Match
from pbx.pictures.outcomes import outcomes, together
from pbx.schedules.opening import Opening
from tests.ivr.test_step import STEPS


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_every_way_of_every_kind_of_step_has_words(step: steps.Step) -> None:
    found = outcomes(step)
    is_last = isinstance(step, steps.Echo | steps.HangUp)
    assert {target for _, target in found} == (set() if is_last else set(step.following))
    assert all(words for words, _ in found)


def test_the_words_are_those_of_the_file() -> None:
    menu = steps.Menu(text="x", keys={"1": "a", "#": "b"}, fallback="c", invalid_text="x")
    assert outcomes(menu) == (("key 1", "a"), ("key #", "b"), ("otherwise", "c"))
    ring = steps.Ring(target="group/support", ring_s=25.0, no_answer="message", busy=None)
    assert outcomes(ring) == (("no_answer", "message"), ("busy", None))
    consent = steps.RecordingConsent(purposes=("quality",), granted="a", declined="b")
    assert outcomes(consent) == (("granted", "a"), ("declined", "b"))


def test_a_case_is_what_it_compares() -> None:
    many = tuple("1234")
    cases = (Case(then="a", values=many), Case(then="b", values=("7",), prefixes=("+44", "+1")))
    match = Match(of="order", cases=cases, otherwise="c")
    assert outcomes(match) == (
        ("is 1, 2, 3, ...", "a"),
        ("is 7 or begins +44, +1", "b"),
        ("otherwise", "c"),
    )


def test_a_sentence_that_is_called_like_a_step_is_no_way() -> None:
    assert outcomes(steps.Say(text="agents", next="agents")) == (("next", "agents"),)


def test_outcomes_that_lead_to_one_step_share_a_label() -> None:
    assert together(["key 1", "otherwise"]) == "key 1, otherwise"
    assert together(["otherwise", "key 2", "key 4"]) == "keys 2 4, otherwise"
    assert together([""]) == ""


def test_opening_hours_have_their_ways() -> None:
    hours = Schedule(opening=Opening(spans={}), open="a", closed="b", holiday="c")
    assert outcomes(hours) == (("open", "a"), ("closed", "b"), ("holiday", "c"))
    plain = Schedule(opening=Opening(spans={}), open="a", closed="b")
    assert outcomes(plain) == (("open", "a"), ("closed", "b"))
