"""The key rows of the recordings."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from pbx.store.database import Database
from pbx.store.playback_copies import SqlCopyLedger
from pbx.store.recording_keys import AGE_V1, NewHeader, RecordingKeys, StoredKey, all_keys
from pbx.store.recordings import SqlRecordingLedger
from tests.store.test_playback_copies import COPY
from tests.store.test_recordings import FINISHED


@pytest.fixture
async def stored(database: Database) -> RecordingKeys:
    """Three recordings of acme and one of globex."""
    for name in ("r1", "r2", "r3"):
        await SqlRecordingLedger(database).commit(replace(FINISHED, recording=name, header=name.encode()))
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording="g1", tenant="globex"))
    return RecordingKeys(database)


def new(recording: str, old: bytes, epoch: int = 2) -> NewHeader:
    return NewHeader(recording=recording, old=old, new=b"new " + recording.encode(), epoch=epoch)


async def test_keys_come_in_pages_of_one_tenant(stored: RecordingKeys) -> None:
    first = await stored.before("acme", 2, limit=2)
    assert [one.recording for one in first] == ["r1", "r2"]
    assert first[0] == StoredKey(
        recording="r1", object_key=FINISHED.object_key, header=b"r1", suite=AGE_V1, epoch=0
    )
    assert [one.recording for one in await stored.before("acme", 2, after="r2", limit=2)] == ["r3"]
    assert await stored.count_before("acme", 2) == 3


async def test_a_replaced_header_is_of_its_epoch(stored: RecordingKeys) -> None:
    assert await stored.replace([new("r1", b"r1"), new("r3", b"r3")]) == 2
    assert [one.recording for one in await stored.before("acme", 2, limit=9)] == ["r2"]
    assert [one.header for one in await stored.before("acme", 3, limit=9)] == [
        b"new r1",
        b"r2",
        b"new r3",
    ]
    assert await stored.count_before("acme", 2) == 1
    assert await stored.count_before("globex", 2) == 1


async def test_a_header_that_is_gone_or_changed_is_left_alone(
    stored: RecordingKeys, database: Database
) -> None:
    async with database.writing() as session:
        await session.execute(text("DELETE FROM recording_keys WHERE recording = 'r1'"))
    assert await stored.replace([new("r1", b"r1"), new("r2", b"another")]) == 0
    assert [one.header for one in await stored.before("acme", 9, limit=9)] == [b"r2", b"r3"]


@pytest.mark.requirement("E-08")
async def test_the_keys_of_playback_copies_are_rows_of_their_own(
    stored: RecordingKeys, database: Database
) -> None:
    copies = SqlCopyLedger(database)
    assert await copies.begin("r1", COPY.object_key) and await copies.commit(COPY)
    masters, of_copies = all_keys(database)
    (one,) = await of_copies.before("acme", 2, limit=9)
    assert one == StoredKey(recording="r1", object_key="", header=COPY.header, suite=AGE_V1, epoch=0)
    assert (await of_copies.count_before("acme", 2), await of_copies.count_before("globex", 2)) == (1, 0)
    assert await of_copies.replace([new("r1", COPY.header)]) == 1
    assert (await of_copies.count_before("acme", 2), await masters.count_before("acme", 2)) == (0, 3)
    found = await copies.get("r1")
    assert found is not None and found.header == b"new r1"
