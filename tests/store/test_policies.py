"""Policy texts are kept for ever, and none is changed."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.lifecycle.policy_text import PolicyText
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.policies import PolicyStore

NOW = datetime(2026, 4, 1, tzinfo=UTC)
FIRST, SECOND = PolicyText(version="1", text="one"), PolicyText(version="2", text="two")


@pytest.mark.requirement("D-17")
async def test_each_version_once_with_its_fact(database: Database) -> None:
    store = PolicyStore(database)
    assert await store.keep("acme", FIRST, NOW) == ""
    again = NOW + timedelta(days=1)
    assert await store.keep("acme", FIRST, again) == "", "each start says it again"
    assert await store.keep("acme", SECOND, NOW + timedelta(days=2)) == ""
    assert [(one.version, one.text, one.effective_at) for one in await store.list("acme")] == [
        ("1", "one", NOW),
        ("2", "two", NOW + timedelta(days=2)),
    ]
    facts = [fact for _, fact in await AuditStore(database).list(limit=10)]
    assert sorted((one.kind, one.details["version"], one.details["before"]) for one in facts) == [
        ("policy.in_force", "1", ""),
        ("policy.in_force", "2", "1"),
    ]


@pytest.mark.requirement("D-17")
async def test_a_version_keeps_its_text(database: Database) -> None:
    store = PolicyStore(database)
    assert await store.keep("acme", FIRST, NOW) == ""
    other = PolicyText(version="1", text="another")
    assert "has another text already" in await store.keep("acme", other, NOW)
    assert await store.keep("other", other, NOW) == "", "of another tenant"
    assert [one.text for one in await store.list("acme")] == ["one"]


@pytest.mark.requirement("D-17")
async def test_a_version_that_was_replaced_does_not_come_back(database: Database) -> None:
    """Else `in_force` would name the other one for every day since."""
    store = PolicyStore(database)
    for days, policy in enumerate((FIRST, SECOND)):
        assert await store.keep("acme", policy, NOW + timedelta(days=days)) == ""
    assert "was replaced by version 2" in await store.keep("acme", FIRST, NOW + timedelta(days=3))
