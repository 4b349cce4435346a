"""The audit log is signed as it grows, by a real vault over a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.core.audit import AuditFact
from pbx.core.io.channel import serve
from pbx.recording.io.log_keeper import INTERVAL_S, LATE_S, MAX_UNSIGNED, LogKeeper
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.log import tree_of
from pbx.recording.signed_note import open_note
from pbx.recording.vault_messages import REPLIES, REQUESTS
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.database import Database
from tests.migrated import migrated

AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Place:
    database: Database
    client: VaultClient
    log: AuditLog

    async def facts(self, count: int) -> None:
        facts = [(AuditFact(kind="test"), AT)] * count
        store = AuditStore(self.database)
        await self.database.write(lambda connection: store.append_all(connection, facts))

    async def sizes(self) -> list[int]:
        return [one.size for one in await self.log.checkpoints()]

    async def kinds(self) -> list[str]:
        return [fact.kind for _, fact in await AuditStore(self.database).list() if fact.kind != "test"]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    database = await migrated(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    vault = Vault(KeyDirectory(tmp_path / "keys"), tmp_path / "audit")
    server = await serve(tmp_path / "vault.sock", (REQUESTS, REPLIES), vault.attend)
    client = VaultClient(tmp_path / "vault.sock")
    yield Place(database=database, client=client, log=AuditLog(database))
    client.close()
    server.close()
    await database.close()


@pytest.mark.requirement("E-14")
async def test_five_minutes_or_a_thousand_entries(place: Place) -> None:
    keeper = LogKeeper.over(place.log, place.client)
    await keeper.tick(0.0)
    await place.facts(MAX_UNSIGNED - 1)
    await keeper.tick(1.0)
    assert await place.sizes() == []
    await place.facts(1)
    await keeper.tick(2.0)
    assert await place.sizes() == [MAX_UNSIGNED]
    await place.facts(1)
    await keeper.tick(10.0)
    await keeper.tick(9.9 + INTERVAL_S)
    assert await place.sizes() == [MAX_UNSIGNED]
    await keeper.tick(10.0 + INTERVAL_S)
    assert await place.sizes() == [MAX_UNSIGNED, MAX_UNSIGNED + 1]
    public, newest = await place.client.public_key(), await place.log.newest()
    assert isinstance(public, bytes)
    assert newest is not None
    assert open_note(newest.note, public).root == tree_of(await place.log.entries(0)).root()
    assert await place.kinds() == []


@pytest.mark.requirement("E-14")
async def test_a_log_that_waits_for_ten_minutes_is_an_alarm(place: Place, tmp_path: Path) -> None:
    keeper = LogKeeper.over(place.log, VaultClient(tmp_path / "nobody.sock"))
    await place.facts(1)
    for now in (0.0, INTERVAL_S, LATE_S):
        await keeper.tick(now)
    assert await place.kinds() == []
    for now in (LATE_S + 1, LATE_S + 9):
        await keeper.tick(now)
    assert await place.kinds() == ["audit.unsigned"]


@pytest.mark.requirement("E-14")
async def test_a_rewritten_log_is_an_alarm_at_once(place: Place) -> None:
    await place.facts(3)
    first = LogKeeper.over(place.log, place.client)
    await first.tick(0.0)
    await first.tick(INTERVAL_S)
    assert await place.sizes() == [3]
    async with place.database.writing() as session:
        await session.execute(text("DROP TRIGGER audit_leaves_are_final"))
        await session.execute(text("UPDATE audit_leaves SET entry = zeroblob(32) WHERE position = 1"))
    await place.facts(1)
    again = LogKeeper.over(place.log, place.client)
    await again.tick(0.0)
    await again.tick(INTERVAL_S)
    assert await place.sizes() == [3]
    assert await place.kinds() == ["audit.forked"]
