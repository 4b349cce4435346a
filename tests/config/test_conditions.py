"""Conditions on a verdict as written, and what becomes of them."""

import pytest
from pydantic import ValidationError

from pbx.config.conditions import WrittenWhen
from pbx.sip.stir.condition import VerdictCondition


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ({"verdict": "failed"}, VerdictCondition(verdicts=("failed",))),
        ({"attestation": ["A", "B"]}, VerdictCondition(attestations=("A", "B"))),
        (
            {"verdict": ["passed", "none"], "attestation": "A"},
            VerdictCondition(verdicts=("passed", "none"), attestations=("A",)),
        ),
    ],
)
def test_one_value_or_a_list(written: dict[str, object], condition: VerdictCondition) -> None:
    assert WrittenWhen.model_validate(written).build() == condition


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"verdict": []},
        {"verdict": True},
        {"verdict": ["failed", "failed"]},
        {"attestation": "a"},
        {"attestation": ["A", None]},
        {"verdict": ["failed", "none"], "attestation": "A"},
    ],
)
def test_what_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WrittenWhen.model_validate(written)
