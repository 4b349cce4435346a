"""Conditions on a verdict."""

import pytest

from pbx.sip.stir.condition import VerdictCondition, word_of
from pbx.sip.stir.verdict import NOT_VERIFIED, UNSIGNED, Status, StirVerdict, failed

PASSED_A = StirVerdict(status=Status.PASSED, attestation="A")
PLAIN = StirVerdict(status=Status.PASSED)


@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (PASSED_A, "passed"),
        (failed(438, "x"), "failed"),
        (UNSIGNED, "none"),
        (NOT_VERIFIED, "none"),
        (None, "none"),
    ],
)
def test_the_words_of_rules(verdict: StirVerdict | None, word: str) -> None:
    assert word_of(verdict) == word


@pytest.mark.parametrize(
    ("condition", "verdict", "holds"),
    [
        (VerdictCondition(verdicts=("passed",)), PASSED_A, True),
        (VerdictCondition(verdicts=("passed",)), PLAIN, True),
        (VerdictCondition(verdicts=("passed",)), UNSIGNED, False),
        (VerdictCondition(verdicts=("none", "failed")), UNSIGNED, True),
        (VerdictCondition(verdicts=("none", "failed")), None, True),
        (VerdictCondition(attestations=("A",)), PASSED_A, True),
        (VerdictCondition(attestations=("A",)), PLAIN, False),
        (VerdictCondition(attestations=("B", "C")), PASSED_A, False),
        (VerdictCondition(attestations=("A",)), None, False),
        (VerdictCondition(verdicts=("failed",), attestations=("A",)), PASSED_A, False),
        (VerdictCondition(), None, True),
    ],
)
def test_what_holds(condition: VerdictCondition, verdict: StirVerdict | None, holds: bool) -> None:
    assert condition.holds(verdict) is holds


def test_an_attestation_without_a_valid_signature_is_only_a_claim() -> None:
    claimed = StirVerdict(status=Status.FAILED, attestation="A", code=438)
    assert not VerdictCondition(attestations=("A",)).holds(claimed)


def test_in_words() -> None:
    both = VerdictCondition(verdicts=("passed",), attestations=("A", "B"))
    assert str(both) == "verdict passed, attestation A or B"
