"""Steps that take no time."""

from pbx.conditions.condition import Condition
from pbx.ivr.passing_steps import GoTo, Segment, Silence, SpeakIn, When
from pbx.sip.stir.condition import VerdictCondition


def test_none_of_them_waits_or_asks() -> None:
    condition = Condition(verdict=VerdictCondition(verdicts=("failed",)))
    passing = (
        GoTo(step="a"),
        SpeakIn(language="de-DE", next="a"),
        Silence(on=True, reason="card", next="a"),
        Segment(on=True, reason="order", next="a"),
        When(condition=condition, then="a", otherwise="b"),
    )
    assert not any(step.waits or step.asks or step.connects for step in passing)
    assert [step.unattended for step in passing] == [step.following for step in passing]


def test_pausing_and_going_on_have_words_of_their_own() -> None:
    assert Silence(on=True, reason="card", next="a").words != Silence(on=False, reason="card", next="a").words
    assert (
        Segment(on=True, reason="order", next="a").words != Segment(on=False, reason="order", next="a").words
    )
