"""Questions to the customer store: each answer belongs to one of them."""

from datetime import date

import pytest

from pbx.call.effects import Audit, CheckCaller
from pbx.call.events import CallerChecked
from pbx.call.ordered import Ordered
from pbx.call.tokens import Tokens
from pbx.call.verifying import Verifying
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.effects import RequestVerification
from pbx.verify.claimed import Claimed
from pbx.verify.effects import CheckIdentity, VerificationSettled
from pbx.verify.facts import Reason
from tests.call.conftest import Board

CALL = CallId("c1")


def verifying() -> Verifying:
    one = Verifying((CALL, LegId("a")), Board().tenant_plan.context, Tokens())
    one.caller = Claimed(number="+447700900123", trunk="trunk/carrier")
    return one


def ordered(one: Verifying, effect: CheckIdentity | VerificationSettled) -> Ordered:
    [done] = one.perform(effect).done
    return done


def test_an_answer_comes_back_with_the_token_of_the_dialogue() -> None:
    one = verifying()
    asked = ordered(one, CheckIdentity(token=Token(7), number="+447700900123", date_of_birth=None))
    assert isinstance(asked, CheckCaller)
    assert (asked.call, asked.tenant, asked.trunk) == (CALL, "acme", "trunk/carrier")
    answer = CallerChecked(call=CALL, token=asked.token, matched=True, customer="c-1")
    found, _ = one.checked(answer)
    assert found is not None
    assert (found.token, found.matched, found.customer) == (Token(7), True, "c-1")
    assert one.checked(answer) == (None, ())


@pytest.mark.requirement("V-12")
@pytest.mark.parametrize(
    ("born", "failed", "told"),
    [
        (None, False, ["company"]),
        (None, True, ["unavailable"]),
        (Secret("19800203"), False, []),  # the store has told it, with the counters
        (Secret("19800203"), True, ["unavailable"]),
    ],
)
def test_each_try_is_on_the_record_once(born: Secret[str] | None, failed: bool, told: list[str]) -> None:
    one = verifying()
    asked = ordered(one, CheckIdentity(token=Token(7), number="+447700900123", date_of_birth=born))
    assert isinstance(asked, CheckCaller)
    reason: Reason = "unavailable" if failed else "company"
    event = CallerChecked(call=CALL, token=asked.token, matched=False, failed=failed, reason=reason)
    facts = [audit.fact for audit in one.checked(event)[1]]
    assert [fact.details["reason"] for fact in facts] == told
    assert all((fact.kind, fact.call) == ("verification.attempt", CALL) for fact in facts)


def test_the_attempts_of_the_tenant_are_those_of_a_step_that_names_none() -> None:
    for attempts in (None, 1):
        order = RequestVerification(methods=("phone_number",), attempts=attempts)
        assert verifying().begin(order, date(2026, 11, 28)).deadline is None


def test_an_outcome_is_a_fact() -> None:
    settled = VerificationSettled(
        outcome="verified", level="V1", customer="c-1", attempts=1, methods=("phone_number",)
    )
    one = verifying()
    assert one.label == ""
    audit = ordered(one, settled)
    assert isinstance(audit, Audit)
    found = (audit.fact.kind, audit.fact.details["level"], audit.fact.details["number"])
    assert found == ("verification.settled", "V1", "counted")
    assert (one.verification, one.label) == (settled, "Known number (V1)")
    assert one.known["verification"] == "V1"


@pytest.mark.requirement("V-06")
def test_who_has_taken_the_callers_place_stays_the_caller_in_another_flow() -> None:
    one = verifying()
    first = one.caller
    assert one.somebody_calls("+441632960150") == (), "nothing was found out"
    one.start(first)
    assert one.caller.number == "+441632960150"
    one.somebody_calls("")
    withheld = one.caller
    assert (withheld.number, one.known["caller"]) == (None, "")
