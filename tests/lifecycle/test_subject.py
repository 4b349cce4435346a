"""Whose legs are whose, and which proofs of consent are his alone."""

from dataclasses import replace

import pytest

from pbx.lifecycle.subject import Party, Subject, told_as

CALLER = Party(leg="a", role="caller", party="trunk/carrier", number="+447700900123")
AGENT = Party(leg="b", role="callee", party="extension/1001", number="1001")
OTHER = Party(leg="c", role="callee", party="trunk/carrier", number="07700 900456")
HIDDEN = Party(leg="d", role="caller", party="trunk/carrier", number="")
EVERY = (CALLER, AGENT, OTHER, HIDDEN)


@pytest.mark.parametrize(
    ("subject", "legs"),
    [
        (Subject(number="+447700900123", region="GB"), {"a"}),
        (Subject(number="07700900123", region="GB"), {"a"}),
        (Subject(number="+447700900456", region="GB"), {"c"}),
        (Subject(number="1001", region="GB"), {"b"}),
        (Subject(number="+447700900789", region="GB"), set()),
        (Subject(number="+447700900123", side="callee", region="GB"), set()),
        (Subject(side="callee"), {"b", "c"}),
        (Subject(side="caller"), {"a", "d"}),
    ],
)
def test_a_person_is_found_by_number_and_side(subject: Subject, legs: set[str]) -> None:
    assert subject.legs(EVERY) == legs


def test_a_proof_is_given_when_only_he_can_have_been_told() -> None:
    assert told_as((CALLER, AGENT), {"a"}) == {"caller", "other"}
    assert told_as((CALLER, AGENT), {"b"}) == {"agent"}
    assert told_as((CALLER, OTHER), {"a"}) == {"caller"}
    assert told_as((CALLER, OTHER), {"c"}) == set()
    assert told_as((replace(CALLER, took_part=False), OTHER), {"c"}) == {"other"}
