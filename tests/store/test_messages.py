"""Messages by box, counted when their recording is there."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.record import Message
from pbx.store.database import Database
from pbx.store.messages import MessageStore
from pbx.store.recordings import SqlRecordingLedger
from tests.store.test_recordings import FINISHED

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


async def left(database: Database, recording: str, box: str = "1001", tenant: str = "acme") -> None:
    message = Message(recording=recording, tenant=tenant, box=box)
    store = MessageStore(database)
    await database.write(lambda connection: store.save_all(connection, [message]))


async def stored(database: Database, recording: str) -> None:
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording=recording, kind="voicemail"))


@pytest.mark.requirement("REG-07")
async def test_a_message_counts_once_it_can_be_heard(database: Database) -> None:
    store = MessageStore(database)
    await left(database, "r1")
    assert not await store.is_stored("r1")
    assert await store.count("acme", "1001") == (0, 0)
    await stored(database, "r1")
    assert await store.is_stored("r1")
    assert await store.count("acme", "1001") == (1, 0)


async def test_heard_messages_are_old(database: Database) -> None:
    store = MessageStore(database)
    for recording in ("r1", "r2", "r3"):
        await left(database, recording)
        await stored(database, recording)
    await store.mark_heard("r2", AT)
    await store.mark_heard("r2", AT)
    await left(database, "r2")  # again: it stays heard
    assert await store.count("acme", "1001") == (2, 1)


async def test_boxes_and_tenants_do_not_mix(database: Database) -> None:
    store = MessageStore(database)
    await left(database, "r1")
    await left(database, "r2", box="support")
    await left(database, "r3", tenant="umbrella")
    for recording in ("r1", "r2", "r3", "r4"):
        await stored(database, recording)
    assert await store.count("acme", "1001") == (1, 0)
    assert await store.count("acme", "support") == (1, 0)
    assert await store.count("umbrella", "1001") == (1, 0)
    assert await store.count("acme", "1002") == (0, 0)
    assert not await store.is_stored("r4")
