"""What follows a step that takes no time, and what it changes on the way."""

from pbx.conditions.circumstances import Circumstances
from pbx.conditions.condition import Condition
from pbx.config.step_kinds import STEP_KINDS
from pbx.ivr.context import FlowContext
from pbx.ivr.effects import OrderRecording, SilenceRecording
from pbx.ivr.passing import PASSING, Passed
from pbx.ivr.passing_steps import GoTo, Segment, Silence, SpeakIn, When
from pbx.ivr.speech import Speech
from pbx.ivr.step import Step
from pbx.ivr.variables import Case, Match, SetTo, Variables
from pbx.sip.stir.condition import VerdictCondition
from pbx.sip.stir.verdict import Status, StirVerdict


def passed(step: Step, context: FlowContext | None = None) -> Passed:
    given = context or FlowContext(speech=Speech(), variables=Variables(frozenset({"desk"})))
    return PASSING[type(step)](step, given)


def test_no_step_that_passes_on_asks_anybody_but_by_a_match() -> None:
    asking = {kind for kind in PASSING if kind.asks}
    assert asking == {Match}
    assert set(PASSING) <= {kind.step for kind in STEP_KINDS.values()}
    assert not any(kind.waits for kind in PASSING)


def test_going_on_and_orders() -> None:
    assert passed(GoTo(step="a")) == ("a", [])
    assert passed(Silence(on=True, reason="card", next="a")) == (
        "a",
        [SilenceRecording(on=True, reason="card")],
    )
    assert passed(Segment(on=False, reason="order", next="b")) == (
        "b",
        [OrderRecording(on=False, reason="order")],
    )


def test_a_language_is_preferred_from_then_on() -> None:
    context = FlowContext(speech=Speech(), variables=Variables(frozenset()))
    assert passed(SpeakIn(language="de-DE", next="a"), context) == ("a", [])
    assert context.speech.languages[0] == "de-DE"


def test_ways_by_verdict_and_by_what_was_set() -> None:
    context = FlowContext(speech=Speech(), variables=Variables(frozenset({"desk"})))
    condition = Condition(verdict=VerdictCondition(verdicts=("passed",)))
    fork = When(condition=condition, then="a", otherwise="b")
    assert passed(fork, context)[0] == "b"
    context.call = Circumstances(verdict=StirVerdict(status=Status.PASSED, attestation="A"))
    assert passed(fork, context)[0] == "a"
    match = Match(of="desk", cases=(Case(then="c", values=("berlin",)),), otherwise="d")
    assert passed(match, context)[0] == "d"
    assert passed(SetTo(values={"desk": "berlin"}, next="a"), context) == ("a", [])
    assert passed(match, context)[0] == "c"
