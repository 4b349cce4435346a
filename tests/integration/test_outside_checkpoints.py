"""Checkpoints are carried to a store outside: in order, again after a failure, on the record when late."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.ids import SeededIds
from pbx.recording.io.object_store import LocalDirectory, Lock, LockMode, Put
from pbx.recording.io.outside_checkpoints import (
    ALARM,
    LATE,
    MAX_DELAY_S,
    OutsideCheckpoints,
    listed,
)
from pbx.recording.outside import folder_of, named, signed_head
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.checkpoint_copies import CheckpointCopies
from pbx.store.database import Database
from tests.integration.s3_servers import LockingServer
from tests.migrated import migrated
from tests.recording.test_outside import PUBLIC, checkpoint, note

AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
FAR = datetime(2036, 11, 28, 12, 0, tzinfo=UTC)
PLACE = "local:there"
pytestmark = pytest.mark.requirement("E-14")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await migrated(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    yield database
    await database.close()


class Moody(LocalDirectory):
    """A directory on a machine that is away at times, and may lie about what it has taken."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.is_away = self.lies = False
        self.order: list[str] = []

    async def put_locked(self, key: str, octets: bytes, mode: LockMode, until: datetime) -> Put:
        if self.is_away:
            raise StorageError("the object store: host is down", retryable=True)
        self.order.append(key)
        return await super().put_locked(key, b"" if self.lies else octets, mode, until)


async def signed(database: Database, *sizes: int, at: datetime = AT) -> None:
    for size in sizes:
        await AuditLog(database).keep_note(size, note(checkpoint(size)), at)


def carrier(database: Database, store: LocalDirectory, place: str = PLACE) -> OutsideCheckpoints:
    copies = CheckpointCopies(database)
    return OutsideCheckpoints.over(copies, store, place, ids=SeededIds("outside"), lock=Lock())


async def sizes(store: LocalDirectory) -> list[int]:
    found, strange = named(await listed(store, folder_of(PUBLIC)))
    assert strange == []
    for one in found:
        assert signed_head(one, await store.read(one.key), PUBLIC) == one.head
    return [one.head[0] for one in found]


async def alarms(database: Database) -> list[AuditFact]:
    return [fact for _, fact in await AuditStore(database).list()]


async def test_every_note_goes_outside_the_oldest_first_and_once(database: Database, tmp_path: Path) -> None:
    store = Moody(tmp_path / "there")
    await signed(database, 30, 10, 20)
    outside = carrier(database, store)
    assert await outside.tick(0.0, AT) == 3
    assert await outside.tick(5.0, AT) == 0
    assert await sizes(store) == [10, 20, 30]
    assert [int(re.findall(r"/(\d{19})-", key)[0]) for key in store.order] == [10, 20, 30]
    await signed(database, 25, 40)  # an export's note was stored behind a larger one
    assert await outside.tick(10.0, AT) == 2
    assert await carrier(database, store).tick(0.0, AT) == 0
    assert len(store.order) == 5


async def test_another_place_gets_all_of_them(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbx.recording.io.outside_checkpoints.BATCH", 3)
    await signed(database, *range(1, 6))
    assert await carrier(database, Moody(tmp_path / "there")).tick(0.0, AT) == 3
    moved = Moody(tmp_path / "elsewhere")
    outside = carrier(database, moved, "local:elsewhere")
    assert [await outside.tick(now, AT) for now in (0.0, 1.0, 2.0)] == [3, 2, 0]
    assert await sizes(moved) == [1, 2, 3, 4, 5]


async def test_a_store_that_is_away_is_asked_ever_less_and_an_alarm_is_raised_once(
    database: Database, tmp_path: Path
) -> None:
    store = Moody(tmp_path / "there")
    outside = carrier(database, store)
    await signed(database, 10)
    store.is_away = True
    now, asked = 0.0, []
    while now < 2 * LATE.total_seconds():
        before = outside._due
        await outside.tick(now, AT + timedelta(seconds=now))
        asked += [now] if outside._due != before else []
        now += 5.0
    assert max(later - earlier for earlier, later in zip(asked, asked[1:], strict=False)) <= MAX_DELAY_S + 5
    assert len(asked) < 60
    (alarm,) = await alarms(database)
    assert (alarm.kind, alarm.details) == (ALARM, {"reason": "the object store: host is down"})
    store.is_away = False
    assert await outside.tick(now + MAX_DELAY_S, AT) == 1
    store.is_away = True
    await signed(database, 20)
    await outside.tick(now + 200.0, AT + LATE)
    assert len(await alarms(database)) == 1
    await outside.tick(now + 300.0, AT + LATE + timedelta(seconds=1))
    assert len(await alarms(database)) == 2


async def test_a_copy_counts_when_it_was_read_back(database: Database, tmp_path: Path) -> None:
    store = Moody(tmp_path / "there")
    store.lies = True
    await signed(database, 10, 20)
    assert await carrier(database, store).tick(0.0, AT + LATE * 2) == 0
    assert await CheckpointCopies(database).sizes(PLACE) == []
    (alarm,) = await alarms(database)
    assert alarm.details == {"reason": "what is stored as a checkpoint is another note"}


async def test_a_copy_that_was_made_before_the_kill_is_found(database: Database, tmp_path: Path) -> None:
    store = Moody(tmp_path / "there")
    await signed(database, 10)
    assert await carrier(database, store).tick(0.0, AT) == 1
    async with database.writing() as session:
        await session.execute(text("DELETE FROM checkpoint_copies"))
    assert await carrier(database, store).tick(0.0, AT) == 1
    assert await sizes(store) == [10]


async def test_a_damaged_note_is_told(database: Database, tmp_path: Path) -> None:
    await AuditLog(database).keep_note(10, b"rubbish", AT)
    assert await carrier(database, Moody(tmp_path / "there")).tick(0.0, AT + LATE * 2) == 0
    (alarm,) = await alarms(database)
    assert str(alarm.details["reason"]).startswith("the note over 10 entries is damaged")


async def test_a_listing_that_is_cut_is_asked_for_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(LocalDirectory):
        async def list(self, prefix: str = "") -> list[str]:
            return (await super().list(prefix))[:4]

    monkeypatch.setattr("pbx.recording.io.outside_checkpoints.MAX_LISTED", 4)
    store = Cut(tmp_path / "there")
    keys = [f"{folder_of(PUBLIC)}{number:019d}-x" for number in (3, 7, 12, 15, 19, 140, 10**18)]
    for key in keys:
        assert await store.put_locked(key, b"x", "none", AT) == "not_locked"
    assert await store.put_locked(keys[0], b"y", "none", AT) == "exists"
    assert await listed(store, folder_of(PUBLIC)) == keys


@pytest.mark.proof
async def test_a_bucket_with_lock_keeps_them_and_one_without_takes_them_too(tmp_path: Path) -> None:
    server = LockingServer(tmp_path)
    server.start()
    try:
        store, name = server.store(), "log-checkpoints/a"
        assert await store.put_locked(name, b"1", "governance", FAR) == "locked"
        held = server.client.get_object_retention(Bucket="bucket", Key=name)["Retention"]
        assert (held["Mode"], held["RetainUntilDate"]) == ("GOVERNANCE", FAR)
        assert await store.put_locked(name, b"2", "compliance", FAR) == "exists"
        await store.delete(name)
        assert await store.delete_versions(name) == "versions_kept"
        server.client.create_bucket(Bucket="plain")
        plain = server.store(bucket="plain")
        puts = [await plain.put_locked(name, octets, "governance", FAR) for octets in (b"1", b"2")]
        assert puts == ["not_locked", "exists"]
        assert await plain.read(name) == b"1"
        assert await plain.put_locked(name + "b", b"3", "none", FAR) == "not_locked"
    finally:
        server.stop()
