"""Call records through the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.call.record import CallRecord, LegRecord
from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError, StorageError
from pbx.core.ids import CallId, LegId
from pbx.media.events import StreamQuality
from pbx.recording.effects import FinishedRecording
from pbx.store import calls as calls_module
from pbx.store.audit import AuditStore
from pbx.store.calls import LOST, CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.recordings import SqlRecordingLedger

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
    verstat="TN-Validation-Passed",
    attestation="A",
    customer="ref",
    legs=(
        replace(
            OFFERED.legs[0],
            answered_at=AT,
            ended_at=AT + timedelta(seconds=60),
            cause="bye",
            heard=StreamQuality(loss=0.01, jitter_ms=2.5, round_trip_ms=None, r=90.1, mos=4.3),
            sent=StreamQuality(loss=0.0, jitter_ms=1.0, round_trip_ms=40.5, r=93.0, mos=4.4),
        ),
        LegRecord(leg=LegId("a"), role="callee", party="extension/1001", number="", offered_at=AT),
    ),
)

FINISHED = FinishedRecording(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    header=b"header",
    object_key="key",
    size=1,
    sha256_cipher="ab" * 32,
    manifest=b"{}",
    signature=b"s",
    started_at=AT,
    duration_ms=1000,
    recovered=True,
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


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize("state", ["starting", "recording", "recorded"])
async def test_a_recording_that_a_crash_lost_is_a_failure_that_shows(
    calls: CallStore, database: Database, state: str
) -> None:
    await calls.save(replace(OFFERED, recording_state=state))
    await calls.close_crashed(AT)
    assert await calls.fail_lost(frozenset({"r2"}), AT) == 1
    assert await calls.fail_lost(frozenset({"r2"}), AT) == 0
    record = await calls.get("c1")
    assert record is not None
    assert (record.recording, record.recording_state, record.recording_reason) == ("r1", "failed", LOST)
    details: dict[str, str | int | bool | None] = {"recording": "r1", "reason": LOST}
    fact = AuditFact(kind="recording.failed", call=CallId("c1"), tenant="acme", details=details)
    assert await AuditStore(database).list() == [(AT, fact)]


@pytest.mark.requirement("R-17")
async def test_what_the_finaliser_will_bring_is_not_lost(calls: CallStore, database: Database) -> None:
    await calls.save(OFFERED)
    assert await calls.fail_lost(frozenset({"r1"}), AT) == 0
    assert await calls.get("c1") == OFFERED
    await SqlRecordingLedger(database).commit(FINISHED)
    assert await calls.fail_lost(frozenset(), AT) == 0
    record = await calls.get("c1")
    assert record is not None
    assert record.recording_state == "recorded"
    assert [fact.kind for _, fact in await AuditStore(database).list()] == ["recording.finished"]


async def test_a_journal_that_comes_back_is_recorded_after_all(calls: CallStore, database: Database) -> None:
    await calls.save(OFFERED)
    assert await calls.fail_lost(frozenset(), AT) == 1
    await SqlRecordingLedger(database).commit(FINISHED)
    record = await calls.get("c1")
    assert record is not None
    assert record.recording_state == "recorded"


@pytest.mark.parametrize(
    ("recording", "state"), [("", "none"), ("", "off"), ("r1", "not_consented"), ("r1", "failed")]
)
async def test_what_was_not_to_be_kept_is_not_lost(calls: CallStore, recording: str, state: str) -> None:
    record = replace(OFFERED, recording=recording, recording_state=state, recording_reason="as it was")
    await calls.save(record)
    assert await calls.fail_lost(frozenset(), AT) == 0
    assert await calls.get("c1") == record


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


async def test_recorded_calls_come_in_pages(
    calls: CallStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls_module, "PAGE", 2)
    for n in range(3):
        await calls.save(replace(OFFERED, call=CallId(f"c{n}"), recording=f"r{n}"))
    await calls.save(replace(OFFERED, call=CallId("c3"), recording=""))
    await calls.save(replace(OFFERED, call=CallId("c4"), recording=""))
    await calls.save(replace(OFFERED, call=CallId("c5"), tenant="other"))
    await SqlRecordingLedger(database).commit(replace(FINISHED, call="c4", recording="r4", kind="voicemail"))
    pages = [await calls.recorded("acme", after) for after in ("", "c1", "c4")]
    assert [[record.call for record in page] for page in pages] == [["c0", "c1"], ["c2", "c4"], []]
    assert pages[0][0].legs == OFFERED.legs
    every = [await calls.every("acme", after) for after in ("", "c1", "c3", "c4")]
    assert [[record.call for record in page] for page in every] == [["c0", "c1"], ["c2", "c3"], ["c4"], []]
