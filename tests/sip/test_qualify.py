"""Hysteresis of one telephone's reachability."""

import pytest

from pbx.sip.qualify import Qualification, QualifyRule

RULE = QualifyRule(interval_s=60.0, timeout_s=5.0, failures=3, successes=2)


def outcomes(one: Qualification, answers: str) -> list[bool | None]:
    """Play `+` (an answer after 20 ms) and `-` (silence); return the verdict after each."""
    found: list[bool | None] = []
    for answer in answers:
        now = one.deadline
        one.ask(now)
        assert one.is_waiting and one.deadline == now + 5.0
        before = one.is_reachable
        changed = one.answered(now + 0.02, 0.5) if answer == "+" else one.failed(now + 5.0, 0.5)
        assert changed is (one.is_reachable is not before)
        assert one.deadline == pytest.approx(now + 60.0)
        found.append(one.is_reachable)
    return found


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("+", [True]),
        ("---", [None, None, False]),
        ("+--+---", [True, True, True, True, True, True, False]),
        ("---+-++", [None, None, False, False, False, False, True]),
    ],
)
def test_the_verdict_needs_so_many_in_a_row(answers: str, expected: list[bool | None]) -> None:
    assert outcomes(Qualification(RULE, 0.0, 0.0), answers) == expected


def test_questions_are_spread_over_the_interval() -> None:
    assert [Qualification(RULE, 100.0, spread).deadline for spread in (0.0, 0.5)] == [100.0, 130.0]
    for spread, expected in ((0.0, 154.0), (1.0, 166.0)):
        one = Qualification(RULE, 100.0, 0.0)
        one.ask(100.0)
        one.answered(100.1, spread)
        assert one.deadline == pytest.approx(expected)
        assert one.rtt_s == pytest.approx(0.1)


def test_an_answer_to_no_question_is_nothing() -> None:
    one = Qualification(RULE, 0.0, 0.0)
    assert not one.answered(1.0, 0.0)
    assert not one.failed(1.0, 0.0)
    assert one.is_reachable is None
