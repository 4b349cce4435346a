"""The register of complaints: sealed, in order, each step once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.store.audit import AuditStore
from pbx.store.complaints import ComplaintStore, unanswered
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from tests.lifecycle.test_complaint import COMPLAINT, RECEIVED


@pytest.fixture
def store(database: Database, tmp_path: Path) -> ComplaintStore:
    return ComplaintStore(database, StoreKeys.load_or_create(tmp_path / "keys"))


@pytest.mark.requirement("D-14")
async def test_from_receipt_to_outcome(store: ComplaintStore, database: Database) -> None:
    await store.open(COMPLAINT)
    assert await store.get("c1") == COMPLAINT
    assert await unanswered(database) == [("c1", RECEIVED)]
    day = RECEIVED + timedelta(days=1)
    assert not await store.close(COMPLAINT, "ann", "sorry", day), "nobody has acknowledged it"
    assert await store.acknowledge(COMPLAINT, "ann", day)
    assert not await store.acknowledge(COMPLAINT, "bob", day)
    assert await unanswered(database) == []
    assert await store.close(COMPLAINT, "bob", "it was erased", day)
    assert not await store.close(COMPLAINT, "bob", "again", day)
    assert await store.list() == []
    (done,) = await store.list(every=True)
    assert (done.acknowledged_by, done.closed_by, done.outcome) == ("ann", "bob", "it was erased")
    kinds = [fact.kind for _, fact in await AuditStore(database).list(limit=10)]
    assert sorted(kinds) == ["complaint.acknowledged", "complaint.closed", "complaint.opened"]


async def test_what_it_says_is_sealed_for_its_place(store: ComplaintStore, database: Database) -> None:
    await store.open(COMPLAINT)
    await store.open(replace(COMPLAINT, complaint="c2", about="else", contact=""))
    async with database.reading() as session:
        rows = (await session.execute(text("SELECT about, contact FROM complaints"))).all()
    assert not any(b"daughter" in octets or b"900123" in octets for row in rows for octets in row)
    assert {one.about for one in await store.list()} == {COMPLAINT.about, "else"}


async def test_the_oldest_comes_first(store: ComplaintStore) -> None:
    await store.open(COMPLAINT)
    await store.open(replace(COMPLAINT, complaint="c0", received_at=RECEIVED - timedelta(days=3)))
    assert [one.complaint for one in await store.list()] == ["c0", "c1"]
    assert await store.get("c9") is None
