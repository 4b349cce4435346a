"""A check that an agent asks for: one time for all answers (V-10)."""

import pytest

from pbx.verify.assisted import NO_MATCH, AssistedCheck, Verdict
from pbx.verify.verification import STORE_LIMIT_S, VERDICT_AFTER_S

pytestmark = pytest.mark.requirement("V-10")
RIGHT = Verdict(matched=True, customer="c-1")


def verdict(check: AssistedCheck) -> tuple[float, Verdict]:
    """When it comes, and which."""
    while (found := check.tick(check.deadline)) is None:
        pass
    return check.deadline, found


@pytest.mark.parametrize("answer", [RIGHT, NO_MATCH])
def test_an_answer_is_heard_after_the_same_time_whatever_it_is(answer: Verdict) -> None:
    check = AssistedCheck(10.0, is_asked=True)
    assert check.tick(10.0) is None
    check.answered(answer)
    assert check.tick(10.0 + VERDICT_AFTER_S - 0.01) is None
    assert verdict(check) == (10.0 + VERDICT_AFTER_S, answer)


def test_who_may_not_ask_any_more_waits_as_long() -> None:
    assert verdict(AssistedCheck(10.0, is_asked=False)) == (10.0 + VERDICT_AFTER_S, NO_MATCH)


def test_a_slow_store_is_heard_at_the_next_step() -> None:
    check = AssistedCheck(0.0, is_asked=True)
    assert check.tick(VERDICT_AFTER_S) is None
    check.answered(RIGHT)
    assert verdict(check) == (2 * VERDICT_AFTER_S, RIGHT)


def test_a_store_that_never_answers_matches_nobody() -> None:
    check = AssistedCheck(0.0, is_asked=True)
    assert verdict(check) == (STORE_LIMIT_S, NO_MATCH)


def test_only_the_first_answer_counts() -> None:
    check = AssistedCheck(0.0, is_asked=True)
    check.answered(NO_MATCH)
    check.answered(RIGHT)
    assert verdict(check)[1] == NO_MATCH
