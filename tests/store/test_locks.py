"""Who is locked, for people: names where there are any, and nothing that a key would be needed to hide."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.locks import LockStore, Watched
from pbx.store.tables import VerifyAttempt
from pbx.verify.throttles import LockRule
from tests.store.test_identity import ANN, CSV, NOBODY, NOW, Desk

WATCHED = {"acme": Watched(lock=LockRule(), trunks=("carrier", "other"))}


@pytest.fixture
async def desk(database: Database, keys: StoreKeys, tmp_path: Path) -> Desk:
    path = tmp_path / "c.csv"
    path.write_text(CSV)
    await CustomerStore(database, keys).import_csv("acme", "GB", path)
    return Desk(IdentityStore(database, keys))


@pytest.fixture
def locks(database: Database, keys: StoreKeys) -> LockStore:
    return LockStore(database, keys)


@pytest.mark.requirement("V-02")
async def test_those_that_have_reached_a_limit(
    desk: Desk, locks: LockStore, database: Database, keys: StoreKeys
) -> None:
    await desk.fails(NOBODY, 4)
    assert await locks.list(WATCHED, NOW) == []
    await desk.fails(ANN, 5)
    [ann] = await CustomerStore(database, keys).find("acme", ANN)
    found = await locks.list(WATCHED, NOW)
    assert [(lock.subject, lock.who, lock.failures) for lock in found] == [
        ("cli", "", 5),
        ("record", ann.ref, 5),
    ]
    assert {(lock.tenant, lock.call, lock.until_at) for lock in found} == {
        ("acme", "call", NOW + timedelta(days=1))
    }
    assert await locks.list({"other": Watched(lock=LockRule())}, NOW) == []
    assert await locks.list(WATCHED, NOW + timedelta(days=1)) == []
    assert len(await locks.list({"acme": Watched(lock=LockRule(failures=4))}, NOW)) == 3


async def test_a_trunk_by_its_name_and_what_no_time_ends(desk: Desk, locks: LockStore) -> None:
    await desk.fails(None, 20)
    [trunk] = await locks.list(WATCHED, NOW)
    assert (trunk.subject, trunk.who, trunk.until_at) == ("trunk", "carrier", NOW + timedelta(hours=1))
    for week in range(4):
        desk.now = NOW + timedelta(days=8 * week)
        await desk.fails(ANN, 5)
    forever = [lock for lock in await locks.list(WATCHED, desk.now) if lock.subject == "record"]
    assert [(lock.failures, lock.until_at) for lock in forever] == [(20, None)]


async def test_failures_of_before_the_upgrade_are_listed_too(
    desk: Desk, locks: LockStore, database: Database
) -> None:
    await desk.fails(ANN, 5)
    async with database.writing() as session:
        await session.execute(update(VerifyAttempt).values(tenant="", kind="record"))
    assert {lock.tenant for lock in await locks.list(WATCHED, NOW)} == {""}
