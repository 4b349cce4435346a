"""Overrides in a real database: decided on once, by another user, and ended once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, TextClause, text

from pbx.consent.stance import Lowered
from pbx.core.errors import StorageError
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.overrides import MAX_PENDING, OverrideStore
from tests.lifecycle.test_override import AT, EVE, WISH

pytestmark = pytest.mark.requirement("C-10")
END = WISH.expires_at
SECOND = timedelta(seconds=1)
DE = Lowered(region="DE", mode="notify", override="o1")


@pytest.fixture
def overrides(database: Database) -> OverrideStore:
    return OverrideStore(database)


async def kinds(database: Database) -> list[str]:
    """Oldest first."""
    return [fact.kind for _, fact in reversed(await AuditStore(database).list(20))]


async def test_two_people_lower_a_rule_until_its_last_second(
    overrides: OverrideStore, database: Database
) -> None:
    assert await overrides.ask(WISH)
    assert await overrides.lowered(AT) == {}
    assert not await overrides.decide(WISH, "approved", ("ada", 1001), AT)
    assert await overrides.decide(WISH, "approved", EVE, AT)
    assert not await overrides.decide(WISH, "denied", EVE, AT)
    assert await overrides.lowered(END - SECOND) == {"acme": (DE,)}
    assert await overrides.end_expired(END - SECOND) == []
    assert await overrides.lowered(END) == {}
    (ended,) = await overrides.end_expired(END)
    assert ended.override == "o1" and await overrides.end_expired(END + SECOND) == []
    assert await kinds(database) == [f"consent.override_{step}" for step in ("asked", "approved", "ended")]


async def test_what_is_denied_or_ended_early_lowers_nothing(
    overrides: OverrideStore, database: Database
) -> None:
    for name, decision in (("o1", "denied"), ("o2", "approved")):
        await overrides.ask(replace(WISH, override=name))
        assert await overrides.decide(replace(WISH, override=name), decision, EVE, AT)  # type: ignore[arg-type]
    assert not await overrides.end("o1", AT)
    assert await overrides.end("o2", AT + SECOND)
    assert not await overrides.end("o2", AT + SECOND)
    assert await overrides.lowered(AT + 2 * SECOND) == {}
    assert await overrides.run_out(END) == []  # nobody is surprised by that
    assert (await kinds(database))[-2:] == ["consent.override_approved", "consent.override_ended"]


async def test_the_newer_of_two_counts_and_stands_in_for_one_that_has_run_out(
    overrides: OverrideStore,
) -> None:
    later = replace(WISH, override="o2", mode="notify_optout", expires_at=END + timedelta(days=1))
    for n, one in enumerate((WISH, later)):
        await overrides.ask(one)
        await overrides.decide(one, "approved", EVE, AT + n * SECOND)
    assert await overrides.lowered(AT) == {"acme": (replace(DE, mode="notify_optout", override="o2"),)}
    assert await overrides.run_out(END) == []
    over = await overrides.run_out(later.expires_at)
    assert [one.override for one in over] == ["o1", "o2"]
    assert {one.override for one in await overrides.list(["acme"], 10)} == {"o1", "o2"}
    assert await overrides.list(["other"], 10) == []


async def test_one_user_does_not_bury_the_others(overrides: OverrideStore) -> None:
    for n in range(MAX_PENDING):
        assert await overrides.ask(replace(WISH, override=f"o{n}"))
    assert not await overrides.ask(replace(WISH, override="more"))
    assert await overrides.ask(replace(WISH, override="his", uid=7))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_overrides SET decision = 'approved', decided_uid = uid",
        "UPDATE consent_overrides SET decision = 'approved'",
        "UPDATE consent_overrides SET expires_at = '2099-01-01'",
        "UPDATE consent_overrides SET mode = 'none'",
        "UPDATE consent_overrides SET ended_at = '2026-01-02'",
        "DELETE FROM consent_overrides",
        "INSERT INTO consent_overrides SELECT 'o2', tenant, region, mode, reason, actor, uid, asked_at, "
        "expires_at, 'approved', 'eve', 1002, asked_at, NULL FROM consent_overrides",
    ],
)
async def test_the_database_itself_knows_the_rule(
    overrides: OverrideStore, database: Database, change: str
) -> None:
    await overrides.ask(WISH)
    with pytest.raises(StorageError):
        await database.write(lambda connection: connection.execute(text(change)))
    assert await overrides.get("o1") == WISH


def _execute(change: TextClause, connection: Connection) -> None:
    connection.execute(change)


async def test_a_decision_is_never_another_one(overrides: OverrideStore, database: Database) -> None:
    await overrides.ask(WISH)
    await overrides.decide(WISH, "approved", EVE, AT)
    await overrides.end("o1", AT)
    for column in ("decision = 'denied'", "ended_at = NULL", "decided_uid = 7"):
        change = text(f"UPDATE consent_overrides SET {column}")
        with pytest.raises(StorageError):
            await database.write(partial(_execute, change))
