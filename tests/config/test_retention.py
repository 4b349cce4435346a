"""Terms of retention as they are written."""

import pytest
from pydantic import ValidationError

from pbx.config.load import load
from pbx.config.models import RecordingSettings
from pbx.config.retention import MAX_DAYS, WrittenTerm, retention_policy, spans
from pbx.consent.io.shipped import shipped_rules
from pbx.lifecycle.retention import Span, Term
from tests.e2e.running import CONFIG


def test_a_purpose_without_its_own_term_has_the_tenants() -> None:
    policy = retention_policy(90, {"evidence": WrittenTerm(days=2190, minimum_days=365)}, ("quality",))
    assert policy.term("evidence") == Term(days=2190, minimum_days=365)
    assert policy.term("quality") == policy.term("voicemail") == Term(days=90)
    assert policy.purposes == ("quality",)


def test_the_longest_term() -> None:
    assert WrittenTerm(days=MAX_DAYS).build().days == MAX_DAYS
    for days in (0, MAX_DAYS + 1):
        with pytest.raises(ValidationError):
            WrittenTerm(days=days)


@pytest.mark.parametrize("name", ["minimum_days", "obligation_days"])
def test_nothing_is_erased_before_its_minimum(name: str) -> None:
    assert WrittenTerm.model_validate({"days": 30, name: 30}).days == 30
    with pytest.raises(ValidationError, match=f"{name} is longer than days"):
        WrittenTerm.model_validate({"days": 30, name: 31})


def test_unknown_purposes_are_refused() -> None:
    with pytest.raises(ValidationError):
        RecordingSettings.model_validate({"retention": {"marketing": {"days": 3}}})


@pytest.mark.requirement("REC-10")
def test_a_lock_is_never_longer_than_what_it_is_for() -> None:
    written = WrittenTerm(days=400, lock="governance", lock_days=400)
    assert written.build() == Term(days=400, lock="governance", lock_days=400)
    by_law = {"days": 400, "obligation_days": 300, "lock": "compliance"}
    assert WrittenTerm.model_validate(by_law | {"lock_days": 300}).build().lock_days == 300
    for wrong, told in (
        ({"days": 400, "lock": "governance", "lock_days": 401}, "lock_days is longer than days"),
        (by_law | {"lock_days": 301}, "lock_days is longer than obligation_days"),
        ({"days": 400, "lock": "governance"}, "lock and lock_days go together"),
        ({"days": 400, "lock_days": 3}, "lock and lock_days go together"),
        ({"days": 400, "lock": "legal", "lock_days": 3}, "governance"),
    ):
        with pytest.raises(ValidationError, match=told):
            WrittenTerm.model_validate(wrong)


@pytest.mark.requirement("D-07")
def test_what_the_law_says_of_how_long_goes_with_every_tenant() -> None:
    law = spans(shipped_rules())
    assert law == {"GB+fca": Span(least_days=1826, most_days=2557), "BR": Span(least_days=90)}
    assert load(CONFIG).tenants["acme"].retention.law == law
