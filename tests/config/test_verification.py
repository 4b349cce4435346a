"""`verification.yaml` as a model."""

import pytest
from pydantic import ValidationError

from pbx.config.verification import VerificationSettings


def test_without_a_word_the_limits_are_those_of_the_reference() -> None:
    settings = VerificationSettings()
    assert (settings.attempts, settings.failures_before_lock, settings.lock_s) == (3, 5, 86400.0)


@pytest.mark.requirement("V-02")
@pytest.mark.parametrize(
    ("key", "most"), [("attempts", 3), ("failures_before_lock", 5)], ids=["in a call", "over all calls"]
)
def test_a_tenant_may_only_tighten_the_limits(key: str, most: int) -> None:
    for number in (1, most):
        VerificationSettings.model_validate({key: number})
    for number in (0, most + 1):
        with pytest.raises(ValidationError, match=key):
            VerificationSettings.model_validate({key: number})
