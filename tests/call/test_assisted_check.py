"""A date that is typed during the talk is asked for as a flow would ask: tries, time, and what it proves."""

from datetime import date

import pytest

from pbx.call.assisted_check import NO_TRIES, STRANGER, AssistedCheck
from pbx.call.effects import Audit, CheckCaller
from pbx.call.events import CallerChecked
from pbx.call.tokens import Tokens
from pbx.call.verifying import Verifying
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.verify.claimed import Claimed
from pbx.verify.tries import FREE_FORMAT_ERRORS, PAIRS
from pbx.verify.verification import VERDICT_AFTER_S
from tests.call.support import board_with

pytestmark = [pytest.mark.requirement("V-10"), pytest.mark.requirement("V-01")]
CALL, LEG, NOW = CallId("c"), LegId("a"), 1000.0
TODAY, DATE = date(2026, 11, 24), Secret("03021980")


@pytest.fixture
def verifying() -> Verifying:
    return Verifying((CALL, LEG), board_with().tenant_plan.context, Tokens())


@pytest.fixture
def check(verifying: Verifying) -> AssistedCheck:
    one = AssistedCheck(verifying, LEG, Claimed(number="+447700900123"))
    one.prepare()
    return one


def ask(check: AssistedCheck, typed: Secret[str] = DATE) -> CheckCaller:
    (asked,) = check.ask(typed, TODAY, NOW) or []
    assert isinstance(asked, CheckCaller)
    return asked


def answer(check: AssistedCheck, asked: CheckCaller, *, matched: bool = True, failed: bool = False) -> None:
    checked = CallerChecked(
        call=CALL, token=asked.token, matched=matched, failed=failed, customer="c-1" if matched else ""
    )
    check.take(checked)


def test_only_who_has_called_can_be_asked(check: AssistedCheck) -> None:
    assert check.refusal(LegId("b")) == STRANGER
    assert check.refusal(LEG) == ""


def test_the_number_is_that_of_the_call(check: AssistedCheck) -> None:
    assert ask(check).number == "+447700900123"


def test_the_verdict_takes_its_time(check: AssistedCheck, verifying: Verifying) -> None:
    answer(check, ask(check))
    assert check.deadline == NOW + VERDICT_AFTER_S
    assert check.tick(NOW + VERDICT_AFTER_S - 0.001) == ([], None)
    told, is_right = check.tick(NOW + VERDICT_AFTER_S)
    assert is_right
    assert [one.fact.kind for one in told if isinstance(one, Audit)] == ["verification.settled"]
    assert verifying.verification is not None
    assert (verifying.verification.level, verifying.verification.customer) == ("V2", "c-1")
    assert check.deadline is None
    assert verifying.tries.left == PAIRS


def test_a_slow_store_is_waited_for_in_whole_steps(check: AssistedCheck) -> None:
    asked = ask(check)
    assert check.tick(NOW + VERDICT_AFTER_S) == ([], None)
    assert check.deadline == pytest.approx(NOW + 2 * VERDICT_AFTER_S)
    answer(check, asked)
    assert check.tick(NOW + 2 * VERDICT_AFTER_S - 0.001)[1] is None
    assert check.tick(NOW + 2 * VERDICT_AFTER_S)[1]


def test_a_store_that_does_not_answer_confirms_nobody(check: AssistedCheck) -> None:
    ask(check)
    found = None
    while (due := check.deadline) is not None:
        _, found = check.tick(due)
    assert found is False
    assert check.deadline is None


@pytest.mark.parametrize("failed", [True, False])
def test_what_is_wrong_is_a_try_of_the_call(check: AssistedCheck, verifying: Verifying, failed: bool) -> None:
    for number in range(PAIRS):
        assert check.refusal(LEG) == ""
        answer(check, ask(check), matched=False, failed=failed)
        assert check.tick(NOW + VERDICT_AFTER_S)[1] is False
        assert verifying.tries.left == PAIRS - 1 - number
    assert check.refusal(LEG) == NO_TRIES
    assert verifying.verification is not None
    assert verifying.verification.level == "V0"


def test_a_wrong_one_takes_nothing_back(check: AssistedCheck, verifying: Verifying) -> None:
    answer(check, ask(check))
    check.tick(NOW + VERDICT_AFTER_S)
    answer(check, ask(check), matched=False)
    assert check.tick(NOW + VERDICT_AFTER_S) == ([], False)
    assert verifying.verification is not None
    assert verifying.verification.level == "V2"


def test_what_is_no_date_is_free_for_a_while_and_then_a_try(
    check: AssistedCheck, verifying: Verifying
) -> None:
    for _ in range(FREE_FORMAT_ERRORS):
        assert check.ask(Secret("99999999"), TODAY, NOW) is None
    assert verifying.tries.left == PAIRS
    assert check.ask(Secret("99999999"), TODAY, NOW) == []
    assert verifying.tries.left == PAIRS - 1
    assert check.tick(NOW + VERDICT_AFTER_S)[1] is False, "after the same time"


def test_who_speaks_now_is_not_confirmed_by_what_was_asked_before(
    check: AssistedCheck, verifying: Verifying
) -> None:
    asked = ask(check)
    verifying.somebody_calls("+447700900999")
    answer(check, asked)
    assert check.tick(NOW + VERDICT_AFTER_S)[1] is False


def test_an_answer_to_somebody_else_is_not_taken(check: AssistedCheck) -> None:
    asked = ask(check)
    other = CallerChecked(call=CALL, token=Token(asked.token + 1), matched=True, customer="c-2")
    assert check.take(other) == []
    assert check.tick(NOW + VERDICT_AFTER_S)[1] is None
