"""Restrictions of recordings."""

from dataclasses import replace
from datetime import UTC, datetime

from pbx.lifecycle.restriction import Restriction

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
RESTRICTION = Restriction(
    restriction="s1", recording="r1", tenant="acme", reason="accuracy contested", actor="ada", since_at=AT
)


def test_it_stands_until_it_is_lifted() -> None:
    assert RESTRICTION.stands
    assert not replace(RESTRICTION, lifted_at=AT).stands
