"""Codes out of single keys, of two parties at once."""

import pytest

from pbx.call.key_sequence import WITHIN_S, KeySequence
from pbx.core.ids import LegId

pytestmark = pytest.mark.requirement("REC-03")
A, B = LegId("a"), LegId("b")


def found(keys: str, leg: LegId = A, begun: KeySequence | None = None) -> list[str]:
    begun = begun or KeySequence(("*61", "*62", "*3"))
    return [code for key in keys if (code := begun.pressed(leg, key, 1.0))]


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ("*61", ["*61"]),
        ("*61*62", ["*61", "*62"]),
        ("**61", ["*61"]),
        ("*6*61", ["*61"]),
        ("12*3", ["*3"]),
        ("*3*61", ["*3", "*61"]),
        ("*611", ["*61"]),
        ("61", []),
        ("*16", []),
        ("*6", []),
        ("*661", []),
        ("*631", []),
        ("#*A", []),
    ],
)
def test_keys_in_their_order_are_a_code(keys: str, codes: list[str]) -> None:
    assert found(keys) == codes


def test_nobody_ends_what_another_has_begun() -> None:
    begun = KeySequence(("*61",))
    assert found("*6", A, begun) == []
    assert found("1", B, begun) == []
    assert found("*6", B, begun) == []
    assert found("1", A, begun) == ["*61"]
    assert found("1", B, begun) == ["*61"]


@pytest.mark.parametrize(("gap", "code"), [(WITHIN_S, "*61"), (WITHIN_S + 0.1, "")])
@pytest.mark.parametrize("slow", [1, 2])
def test_each_key_follows_the_last_within_a_while(gap: float, code: str, slow: int) -> None:
    begun, now, done = KeySequence(("*61",)), 0.0, ""
    for n, key in enumerate("*61"):
        now += gap if n == slow else WITHIN_S if n else 0.0
        done = begun.pressed(A, key, now)
    assert done == code


def test_without_codes_nothing_is_one() -> None:
    assert found("*61", begun=KeySequence(())) == []
