"""Legal holds in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from pbx.lifecycle.hold import LegalHold, ObjectHold
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.holds import HoldStore, is_held
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.tables import Base
from tests.lifecycle.test_hold import AT, HOLD
from tests.store.test_life_tables import row
from tests.store.test_recordings import FINISHED

LATER = AT + timedelta(hours=1)
OTHER = replace(HOLD, hold="h2", case="case 2", since_at=LATER)


@pytest.fixture
async def holds(database: Database) -> HoldStore:
    await SqlRecordingLedger(database).commit(FINISHED)
    return HoldStore(database)


async def held(database: Database, recording: str = "r1") -> bool:
    return await database.write(lambda connection: is_held(connection, recording))


@pytest.mark.requirement("REC-10")
async def test_a_hold_stands_until_it_is_released(holds: HoldStore, database: Database) -> None:
    assert not await held(database)
    assert await holds.place(HOLD)
    assert (await held(database), await holds.held(["r1", "r2"])) == (True, frozenset({"r1"}))
    assert await holds.release(HOLD, "bob", "settled", LATER)
    (kept,) = await holds.of("r1")
    assert kept == replace(HOLD, released_at=LATER, released_by="bob", release_reason="settled")
    assert await holds.list() == []
    assert await holds.list(every=True) == [kept]
    facts = [(fact.kind, fact.details["actor"]) for _, fact in await AuditStore(database).list(2)]
    assert facts == [("recording.hold_released", "bob"), ("recording.held", "ada")]


@pytest.mark.requirement("E-18")
@pytest.mark.parametrize("end", ["cleared", "not_offered"])
async def test_a_released_hold_protects_until_the_object_store_has_let_go(
    holds: HoldStore, database: Database, end: ObjectHold
) -> None:
    await holds.place(HOLD)
    await holds.mark(HOLD.hold, "set")
    await holds.release(HOLD, "bob", "settled", LATER)
    assert (await held(database), await holds.held(["r1"])) == (True, frozenset({"r1"}))
    await holds.mark(HOLD.hold, end)
    assert (await held(database), await holds.held(["r1"])) == (False, frozenset())


@pytest.mark.requirement("REC-10")
async def test_the_second_of_two_holds_goes_on(holds: HoldStore, database: Database) -> None:
    assert await holds.place(HOLD) and await holds.place(OTHER)
    assert await holds.release(HOLD, "bob", "settled", LATER)
    assert await held(database)
    assert not await holds.release(HOLD, "bob", "again", LATER)
    assert await holds.list() == [OTHER]


async def test_nothing_is_held_that_is_not_there(holds: HoldStore, database: Database) -> None:
    before = await AuditStore(database).list()
    assert not await holds.place(replace(HOLD, recording="r9"))
    assert await holds.list(every=True) == []
    assert await AuditStore(database).list() == before


@pytest.mark.parametrize(("state", "placed"), [("asked", True), ("blocked", True), ("key_gone", False)])
async def test_a_hold_comes_too_late_once_the_key_is_gone(
    holds: HoldStore, database: Database, state: str, placed: bool
) -> None:
    table = Base.metadata.tables["erasures"]
    erasure = row("erasures", recording="r1", state=state)
    await database.write(lambda connection: connection.execute(insert(table), [erasure]))
    assert await holds.place(HOLD) is placed


@pytest.mark.requirement("E-18")
async def test_the_object_store_is_told_once(holds: HoldStore) -> None:
    assert await holds.place(HOLD)

    async def unsettled() -> list[tuple[LegalHold, list[str]]]:
        return await holds.unsettled()

    assert await unsettled() == [(HOLD, [FINISHED.object_key])]
    await holds.mark(HOLD.hold, "set")
    assert await unsettled() == []
    await holds.release(HOLD, "bob", "settled", LATER)
    assert [(one.object_hold, key) for one, key in await unsettled()] == [("set", [FINISHED.object_key])]
    await holds.mark(HOLD.hold, "cleared")
    assert await unsettled() == []
