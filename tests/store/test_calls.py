"""Call records through the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.call.record import CallRecord, LegRecord
from pbx.core.errors import MisuseError, StorageError
from pbx.core.ids import CallId, LegId
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys

AT = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)

OFFERED = CallRecord(
    call=CallId("c1"),
    tenant="acme",
    direction="inbound",
    called="01632960100",
    caller_number="+447700900123",
    offered_at=AT,
    route="did 01632960100 -> flow support",
    recording="r1",
    recording_state="recording",
    legs=(
        LegRecord(
            leg=LegId("b"), role="caller", party="trunk/carrier", number="+447700900123", offered_at=AT
        ),
    ),
)
ENDED = replace(
    OFFERED,
    answered_at=AT + timedelta(seconds=2),
    ended_at=AT + timedelta(seconds=60),
    ended_by="caller",
    cause="bye",
    consents=("k1", "k2"),
    verification="V2",
    customer="ref",
    legs=(
        replace(OFFERED.legs[0], answered_at=AT, ended_at=AT + timedelta(seconds=60), cause="bye"),
        LegRecord(leg=LegId("a"), role="callee", party="extension/1001", number="", offered_at=AT),
    ),
)


@pytest.fixture
def calls(database: Database, keys: StoreKeys) -> CallStore:
    return CallStore(database, keys)


async def test_saved_when_offered_and_again_when_ended(calls: CallStore) -> None:
    await calls.save(OFFERED)
    assert await calls.get("c1") == OFFERED
    await calls.save(ENDED)
    assert await calls.get("c1") == ENDED
    assert await calls.list() == [ENDED]
    assert await calls.get("c2") is None


async def test_withheld_number(calls: CallStore) -> None:
    record = replace(OFFERED, caller_number="", called="")
    await calls.save(record)
    assert await calls.get("c1") == record


async def test_newest_first_and_limited(calls: CallStore) -> None:
    for n in range(3):
        await calls.save(replace(OFFERED, call=CallId(f"c{n}"), offered_at=AT + timedelta(seconds=n)))
    assert [record.call for record in await calls.list(limit=2)] == ["c2", "c1"]
    assert len((await calls.list())[0].legs) == 1


async def test_close_crashed(calls: CallStore) -> None:
    await calls.save(OFFERED)
    done = replace(ENDED, call=CallId("c2"), legs=ENDED.legs[:1])
    await calls.save(done)
    later = AT + timedelta(hours=1)
    assert await calls.close_crashed(later) == 1
    assert await calls.close_crashed(later) == 0
    record = await calls.get("c1")
    assert record is not None
    assert (record.ended_at, record.ended_by, record.cause) == (later, "system", "crash")
    assert (record.legs[0].ended_at, record.legs[0].cause) == (later, "crash")
    assert await calls.get("c2") == done


async def test_numbers_need_the_keys(calls: CallStore, database: Database, tmp_path: Path) -> None:
    await calls.save(OFFERED)
    stranger = CallStore(database, StoreKeys.load_or_create(tmp_path / "other"))
    with pytest.raises(StorageError):
        await stranger.get("c1")
    await database.close()
    assert b"7700900123" not in _octets(tmp_path)


def _octets(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.glob("pbx.db*"))


async def test_naive_times_are_refused(calls: CallStore) -> None:
    with pytest.raises(MisuseError):
        await calls.save(replace(OFFERED, offered_at=datetime(2026, 1, 1)))
