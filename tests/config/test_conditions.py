"""Conditions on a verdict as written, and what becomes of them."""

import pytest
from pydantic import ValidationError

from pbx.conditions.condition import Condition, HeaderIs, ScheduleIs
from pbx.conditions.pattern import Pattern
from pbx.config.conditions import MAX_PARTS, MAX_VALUES, WrittenWhen
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
    assert WrittenWhen.model_validate(written).build() == Condition(verdict=condition)


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
        {"schedule": {"office": "shut"}},
        {"schedule": {"office": []}},
        {"schedule": {f"office{n}": "open" for n in range(MAX_PARTS + 1)}},
        {"caller": "0044"},
        {"caller": "+44*7"},
        {"caller": [f"+44{n}" for n in range(MAX_VALUES + 1)]},
        {"header": {"X-A": "a*b*c*d*e*f"}},
        {"header": {"X-A": "x" * 65}},
        {"header": {"X A": "x"}},
        {"header": {"X-A": []}},
        {"verified": "V9"},
    ],
)
def test_what_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WrittenWhen.model_validate(written)


def test_time_caller_header_and_level() -> None:
    written = {
        "schedule": {"office": ["closed", "open"]},
        "caller": ["+4477*", 1001, "withheld"],
        "header": {"X-Campaign": "spring*"},
        "verified": "V2",
    }
    built = WrittenWhen.model_validate(written).build()
    assert built == Condition(
        schedules=(ScheduleIs(schedule="office", kinds=("closed", "open")),),
        callers=(Pattern("+4477*"), Pattern("1001"), Pattern("withheld")),
        headers=(HeaderIs(name="X-Campaign", patterns=(Pattern("spring*"),)),),
        level="V2",
    )
    assert not built.asks_verdict


def test_limits() -> None:
    for written in (
        {"schedule": {f"office{n}": "open" for n in range(MAX_PARTS)}},
        {"caller": [f"+44{n}" for n in range(MAX_VALUES)]},
        {"header": {"X-A": "x" * 64}},
        {"header": {"X-A": "a*b*c*d*e"}},
    ):
        assert WrittenWhen.model_validate(written).build() != Condition()
