"""The recording ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from pbx.call.record import CallRecord
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.recording.effects import FinishedRecording, RecordingLedger
from pbx.store import recordings
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.recordings import LOST_CALL, SqlRecordingLedger

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FINISHED = FinishedRecording(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    header=b"age-encryption.org/v1\n\x00",
    object_key="acme/2026/r1",
    size=123_456,
    sha256_cipher="ab" * 32,
    manifest=b'{"v":1}',
    signature=b"\x01" * 64,
    started_at=AT,
    duration_ms=60_000,
    recovered=False,
)
CALL = CallRecord(
    call=CallId("c1"),
    tenant="acme",
    direction="inbound",
    called="01632960100",
    caller_number="",
    offered_at=AT,
    recording="r1",
    recording_state="recording",
)


async def test_commit_find_get_list(database: Database) -> None:
    ledger: RecordingLedger = SqlRecordingLedger(database)
    assert not await ledger.find("r1")
    await ledger.commit(FINISHED)
    assert await ledger.find("r1")
    rows = SqlRecordingLedger(database)
    assert await rows.get("r1") == FINISHED
    newer = replace(FINISHED, recording="r2", started_at=AT + timedelta(seconds=1), recovered=True)
    await ledger.commit(newer)
    assert await rows.list() == [newer, FINISHED]
    assert await rows.list(limit=1) == [newer]
    assert await rows.get("r3") is None
    await ledger.commit(replace(FINISHED, recording="r4", call="c2"))
    assert await rows.of_call("c1") == [newer, FINISHED]
    assert await rows.of_call("c3") == []


async def test_a_second_commit_changes_nothing(database: Database) -> None:
    ledger = SqlRecordingLedger(database)
    await ledger.commit(FINISHED)
    await ledger.commit(replace(FINISHED, header=b"another", duration_ms=1))
    assert await ledger.list() == [FINISHED]
    with pytest.raises(MisuseError):
        await ledger.commit(replace(FINISHED, sha256_cipher="cd" * 32))
    assert await ledger.list() == [FINISHED]


@pytest.mark.parametrize("call_saved_last", [False, True])
async def test_the_call_becomes_recorded(database: Database, keys: StoreKeys, call_saved_last: bool) -> None:
    calls = CallStore(database, keys)
    await calls.save(CALL)
    await SqlRecordingLedger(database).commit(FINISHED)
    if call_saved_last:
        await calls.save(replace(CALL, ended_at=AT))
    stored = await calls.get("c1")
    assert stored is not None
    assert stored.recording_state == "recorded"


@pytest.mark.requirement("R-12")
async def test_a_call_that_nobody_could_write_is_known_from_its_recording(
    database: Database, keys: StoreKeys
) -> None:
    """The process was killed in the first moment of the call: a journal is there, its row is not."""
    await SqlRecordingLedger(database).commit(FINISHED)
    (stored,) = await CallStore(database, keys).list()
    assert (stored.call, stored.tenant, stored.direction, stored.called) == ("c1", "acme", "unknown", "")
    assert (stored.recording, stored.recording_state) == ("r1", "recorded")
    assert (stored.offered_at, stored.ended_at) == (AT, AT + timedelta(minutes=1))
    assert (stored.ended_by, stored.cause) == ("system", "crash")
    facts = [fact for _, fact in await AuditStore(database).list()]
    assert [fact.details for fact in facts if fact.kind == LOST_CALL] == [{"recording": "r1"}]


@pytest.mark.requirement("R-12")
async def test_a_voicemail_whose_call_is_lost_makes_it_known(database: Database, keys: StoreKeys) -> None:
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording="v1", kind="voicemail"))
    (stored,) = await CallStore(database, keys).list()
    assert (stored.call, stored.recording, stored.recording_state) == ("c1", "", "none")


@pytest.mark.parametrize("call", [CALL, replace(CALL, recording="", recording_state="not_consented")])
async def test_a_voicemail_does_not_make_its_call_recorded(
    database: Database, keys: StoreKeys, call: CallRecord
) -> None:
    calls = CallStore(database, keys)
    await calls.save(call)
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording="v1", kind="voicemail"))
    assert await calls.get("c1") == call


async def test_sizes_go_round_from_any_name(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = SqlRecordingLedger(database)
    assert await ledger.sizes("") == []
    for number, name in enumerate("abc"):
        await ledger.commit(replace(FINISHED, recording=name, size=number))
    assert await ledger.sizes("b") == [("b", 1), ("c", 2), ("a", 0)]
    monkeypatch.setattr(recordings, "MAX_LISTED", 2)
    assert await ledger.sizes("b") == [("b", 1), ("c", 2)]
    assert await ledger.sizes("c") == [("c", 2), ("a", 0)]


async def test_without_its_key_a_recording_is_gone(database: Database) -> None:
    ledger = SqlRecordingLedger(database)
    await ledger.commit(FINISHED)
    async with database.writing() as session:
        await session.execute(text("DELETE FROM recording_keys"))
    assert await ledger.get("r1") is None
    assert await ledger.find("r1")  # so that recovery does not upload it a second time


@pytest.mark.requirement("R-12")
async def test_a_call_goes_on_until_its_end_is_on_record(database: Database, keys: StoreKeys) -> None:
    ledger, calls = SqlRecordingLedger(database), CallStore(database, keys)
    assert not await ledger.goes_on("c1", "r1")
    await calls.save(CALL)
    assert await ledger.goes_on("c1", "r1")
    await calls.close_crashed(AT)
    assert not await ledger.goes_on("c1", "r1")
