"""Versions of the plan: each change with its fact, the files sealed, the oldest files forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from pbx.core.errors import StorageError
from pbx.store import plans
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.plan_tables import PlanContent
from pbx.store.plans import PlanStore
from pbx.versions.snapshot import Snapshot
from pbx.versions.version import Wish

NOW = datetime(2026, 4, 1, tzinfo=UTC)
FIRST = Snapshot(plan={"acme/conferences.yaml": b"conferences: {board: {pin: '8675309'}}"}, others={"a": "1"})
SECOND = Snapshot(plan={"acme/conferences.yaml": b"{}"})
START, APPLY = Wish(cause="start", author="pbx"), Wish(cause="apply", author="ann", comment="why")


@pytest.fixture
def store(database: Database, keys: StoreKeys) -> PlanStore:
    return PlanStore(database, keys)


async def test_each_change_is_kept_with_its_fact(store: PlanStore, database: Database) -> None:
    for minute, (snapshot, wish) in enumerate([(FIRST, START), (SECOND, APPLY), (FIRST, APPLY)]):
        kept = await store.keep(snapshot, wish, NOW + timedelta(minutes=minute))
        assert kept.version == minute + 1
    newest, second, first = await store.list()
    assert (newest.digest, first.digest) == (store.digest(FIRST), newest.digest)
    assert (second.author, second.comment, second.cause, second.at) == (
        "ann",
        "why",
        "apply",
        NOW + timedelta(minutes=1),
    )
    found = await store.find(1)
    assert found == (first, FIRST)
    assert await store.find(4) is None
    facts = [fact.details for _, fact in await AuditStore(database).list(limit=10)]
    assert sorted((one["version"] or 0, one["before"] or 0) for one in facts) == [(1, 0), (2, 1), (3, 2)]


async def test_what_stands_in_a_plan_is_sealed(store: PlanStore, database: Database) -> None:
    await store.keep(FIRST, START, NOW)
    async with database.reading() as session:
        rows = (await session.execute(text("select * from plan_contents"))).all()
        names = (await session.execute(text("select * from plan_versions"))).all()
    assert b"8675309" not in bytes(rows[0].content)
    assert FIRST.digest not in f"{rows}{names}", (
        "who has the database alone cannot try what the files may hold"
    )


async def test_files_that_somebody_changed_in_the_database_are_damage(
    store: PlanStore, database: Database
) -> None:
    await store.keep(FIRST, START, NOW)
    await store.keep(SECOND, APPLY, NOW)
    other = store.digest(SECOND)
    async with database.reading() as session:
        taken = await session.get(PlanContent, store.digest(FIRST))
        assert taken is not None
        octets = taken.content
    await database.write(
        lambda connection: connection.execute(
            update(PlanContent).where(PlanContent.digest == other).values(content=octets)
        )
    )
    with pytest.raises(StorageError, match="decrypted"):
        await store.find(2)


async def test_the_oldest_files_are_forgotten_and_their_lines_are_not(
    store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "MAX_CONTENTS", 2)
    for number in range(4):
        await store.keep(Snapshot(plan={"a.yaml": str(number).encode()}), APPLY, NOW)
    assert [one.version for one in await store.list()] == [4, 3, 2, 1]
    found = [await store.find(number) for number in (1, 2, 3, 4)]
    assert [one is not None and one[1] is not None for one in found] == [False, False, True, True]
    assert await store.holds(Snapshot(plan={"a.yaml": b"3"}))
    assert not await store.holds(Snapshot(plan={"a.yaml": b"0"}))
