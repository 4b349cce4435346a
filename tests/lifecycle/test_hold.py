"""What the object store is told because of a legal hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.lifecycle.hold import LegalHold, ObjectHold, ObjectOrder, ordered

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOLD = LegalHold(
    hold="h1", recording="r1", tenant="acme", case="case 1", reason="claim", actor="ada", since_at=AT
)
RELEASED = replace(HOLD, released_at=AT + timedelta(days=1), released_by="bob")


@pytest.mark.requirement("E-18")
@pytest.mark.parametrize(
    ("hold", "known", "order"),
    [
        (HOLD, "waiting", "set"),
        (HOLD, "set", "leave"),
        (HOLD, "not_offered", "leave"),
        (RELEASED, "waiting", "clear"),  # it may have been set just before the note of it was lost
        (RELEASED, "set", "clear"),
        (RELEASED, "cleared", "leave"),
        (RELEASED, "not_offered", "leave"),
    ],
)
def test_what_is_told_of_one_hold(hold: LegalHold, known: ObjectHold, order: ObjectOrder) -> None:
    one = replace(hold, object_hold=known)
    assert ordered(one, [one]) == order


@pytest.mark.requirement("E-18")
def test_an_object_stays_held_for_another_case() -> None:
    released, other = replace(RELEASED, object_hold="set"), replace(HOLD, hold="h2", object_hold="set")
    assert ordered(released, [released, other]) == "leave"
