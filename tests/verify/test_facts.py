"""The facts of verification: what they say, and what they never do."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from pbx.core.ids import CallId
from pbx.verify import facts
from pbx.verify.throttles import FOREVER

WHOSE = ("acme", CallId("c1"))
UNTIL = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.requirement("V-12")
@pytest.mark.parametrize("field", get_args(facts.Field))
def test_only_what_matched_has_a_level(field: facts.Field) -> None:
    for reason in get_args(facts.Reason):
        fact = facts.attempt(WHOSE, field, reason)
        is_matched = reason == "matched"
        assert (fact.kind, fact.tenant, fact.call) == ("verification.attempt", "acme", "c1")
        assert fact.details["outcome"] == ("verified" if is_matched else "unverified")
        assert (fact.details["level"] != "V0") is bool(fact.details["methods"]) is is_matched


def test_whose_limits_were_reached_is_named_once() -> None:
    fact = facts.attempt(WHOSE, "date_of_birth", "locked", ["record", "cli", "record"])
    assert fact.details["locked"] == "cli record"


@pytest.mark.requirement("V-12")
def test_a_lock_a_wave_and_a_breaker() -> None:
    lock = facts.locked(WHOSE, "record", UNTIL, "c-1")
    assert lock.details == {"subject": "record", "until": "2026-11-25T12:00:00+00:00", "customer": "c-1"}
    assert facts.locked(WHOSE, "cli", FOREVER).details == {"subject": "cli", "until": ""}
    assert facts.guess_wave(WHOSE, "trunk/carrier", 6).details == {"trunk": "trunk/carrier", "numbers": 6}
    opened = facts.breaker("acme", "open", {"cause": "52 of 60 tries failed"})
    assert (opened.call, opened.details["state"]) == (None, "open")
