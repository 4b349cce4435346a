"""Which policy was in force, and what a new version changes."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from pbx.lifecycle.policy_text import KeptPolicy, PolicyText, changes, in_force

SPRING = datetime(2026, 4, 1, tzinfo=UTC)


def kept(version: str, text: str, days: int) -> KeptPolicy:
    name = PolicyText(version=version, text=text).name
    at = SPRING + timedelta(days=days)
    return KeptPolicy(tenant="acme", version=version, sha256=name.sha256, text=text, effective_at=at)


OLD, NEW = kept("1", "We record.\nWe delete.\n", 0), kept("2", "We record.\nWe delete after 90 days.\n", 30)


@pytest.mark.requirement("D-17")
def test_what_was_in_force_at_a_moment() -> None:
    assert in_force([OLD, NEW], SPRING - timedelta(seconds=1)) is None
    assert in_force([OLD, NEW], SPRING) == OLD
    assert in_force([OLD, NEW], NEW.effective_at - timedelta(seconds=1)) == OLD
    assert in_force([OLD, NEW], NEW.effective_at) == NEW


def test_the_hash_is_that_of_the_octets() -> None:
    assert PolicyText(version="1", text="Größe").name.sha256 == sha256("Größe".encode()).hexdigest()


def test_what_a_version_changes() -> None:
    lines = changes(OLD, NEW)
    assert lines[:2] == ["--- version 1", "+++ version 2"]
    assert [one for one in lines[2:] if one[0] in "+-"] == ["-We delete.", "+We delete after 90 days."]


def test_its_fact_names_the_one_before() -> None:
    assert OLD.fact(None).details["before"] == ""
    assert NEW.fact(OLD).details == {"version": "2", "sha256": NEW.sha256, "before": "1"}
