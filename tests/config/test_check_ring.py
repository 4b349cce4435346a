"""Numbers that a ring calls: which can never be reached, and where that is said."""

import pytest

from tests.config.conftest import Spoil

RING = "ring: group/support"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("{number: 01632, account: 1001}", "steps.agents.ring.number: 01632 is not a telephone number"),
        ("[extension/1009]", "steps.agents.ring.0: there is no extension/1009"),
        ("[{to: extension/1009}]", "steps.agents.ring.0.to: there is no extension/1009"),
    ],
)
def test_where_it_is_said(spoil: Spoil, place: str, says: str) -> None:
    lines = spoil("acme/flows/support.yaml", RING, f"ring: {place}")
    assert any(says in line for line in lines), lines


def test_a_mobile_is_fine(spoil: Spoil) -> None:
    assert (
        spoil("acme/flows/support.yaml", RING, "ring: [group/support, {number: 07700 900999, account: 1001}]")
        == []
    )
