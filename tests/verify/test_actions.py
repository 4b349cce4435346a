"""What may be done at which level (§4.4)."""

import pytest

from pbx.verify.actions import ACTIONS, POLICY, actions_at, reaches
from pbx.verify.effects import LEVELS, Level


@pytest.mark.requirement("VER-04")
def test_levels_are_in_order() -> None:
    assert [[reaches(one, other) for other in LEVELS] for one in LEVELS] == [
        [column <= row for column in range(5)] for row in range(5)
    ]


@pytest.mark.requirement("VER-04")
@pytest.mark.parametrize(
    ("level", "may", "may_not"),
    [
        ("V0", {"public"}, {"callback", "order_status"}),
        ("V1", {"public", "callback"}, {"order_status", "payment_received"}),
        ("V2", {"callback", "order_status", "payment_received"}, {"bills", "contact_data", "port_out"}),
        ("V3", {"bills", "hear_recording", "contact_data", "forward", "port_out", "payment"}, {"admin"}),
        ("V4", set(ACTIONS), set[str]()),
    ],
)
def test_a_level_allows_what_the_table_says(level: Level, may: set[str], may_not: set[str]) -> None:
    allowed = set(actions_at(level))
    assert may <= allowed and not may_not & allowed


def test_the_table_has_a_name() -> None:
    assert len(POLICY) == 16 and set(POLICY) <= set("0123456789abcdef")
