"""The ledger of playback copies in a real database."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.core.errors import StorageError
from pbx.lifecycle import receipt
from pbx.recording.playback_copy import CopyLedger, PlaybackCopy
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore, Shredded
from pbx.store.holds import HoldStore
from pbx.store.playback_copies import SqlCopyLedger
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.restrictions import RestrictionStore
from tests.lifecycle.test_hold import HOLD
from tests.lifecycle.test_restriction import RESTRICTION
from tests.store.test_erasures import LATER, WISH
from tests.store.test_recordings import AT, FINISHED

NEEDLE = b"K" * 50
COPY = PlaybackCopy(
    recording="r1",
    object_key="cc/copy",
    header=b"v1\n" + NEEDLE,
    size=4000,
    sha256_cipher="cd" * 32,
    made_at=AT,
)


@pytest.fixture
async def ledger(database: Database) -> SqlCopyLedger:
    await SqlRecordingLedger(database).commit(FINISHED)
    return SqlCopyLedger(database)


@pytest.fixture
async def made(ledger: SqlCopyLedger) -> SqlCopyLedger:
    assert await ledger.begin("r1", COPY.object_key)
    assert await ledger.commit(COPY)
    return ledger


async def test_begun_made_withdrawn_and_forgotten(ledger: SqlCopyLedger) -> None:
    copies: CopyLedger = ledger
    assert await copies.next(()) == FINISHED
    assert await copies.begin("r1", COPY.object_key)
    assert (await ledger.get("r1"), await copies.next(())) == (None, FINISHED)
    assert await copies.commit(COPY)
    assert (await ledger.get("r1"), await copies.next(())) == (COPY, None)
    assert await copies.withdraw("r1") == COPY.object_key
    assert (await ledger.get("r1"), await copies.next(())) == (None, FINISHED)
    assert await copies.withdraw("r1") == COPY.object_key, "its object may still be there"
    await copies.forget("r1", COPY.object_key)
    assert await copies.withdraw("r1") == ""


@pytest.mark.requirement("R-12")
async def test_there_is_one_copy_at_most(made: SqlCopyLedger) -> None:
    assert not await made.begin("r1", "another")
    assert not await made.commit(replace(COPY, header=b"again"))
    assert not await made.commit(replace(COPY, object_key="another"))
    await made.forget("r1", COPY.object_key)  # one that is made is not forgotten
    assert await made.get("r1") == COPY


async def test_who_was_overtaken_commits_nothing(ledger: SqlCopyLedger) -> None:
    assert await ledger.begin("r1", COPY.object_key)
    await ledger.forget("r1", "another")
    await ledger.forget("r1", COPY.object_key)
    assert await ledger.begin("r1", "newer")
    assert not await ledger.commit(COPY)
    assert await ledger.commit(replace(COPY, object_key="newer"))


async def test_the_newest_comes_first_and_some_are_passed_over(
    ledger: SqlCopyLedger, database: Database
) -> None:
    for number in (2, 3):
        row = replace(FINISHED, recording=f"r{number}", started_at=AT + timedelta(seconds=number))
        await SqlRecordingLedger(database).commit(row)
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording="empty", duration_ms=0))
    order: list[str] = []
    while (found := await ledger.next(order)) is not None:
        order.append(found.recording)
    assert order == ["r3", "r2", "r1"]


@pytest.mark.requirement("E-09")
async def test_of_what_is_shredded_no_copy_is_made(ledger: SqlCopyLedger, database: Database) -> None:
    assert await ledger.begin("r1", COPY.object_key)
    async with database.writing() as session:
        await session.execute(text("DELETE FROM recording_keys"))
    assert not await ledger.commit(COPY)
    assert await ledger.next(()) is None


@pytest.mark.requirement("D-05")
async def test_of_what_is_restricted_or_to_be_erased_no_copy_is_made(
    ledger: SqlCopyLedger, database: Database
) -> None:
    assert await ledger.begin("r1", COPY.object_key)
    restrictions = RestrictionStore(database)
    await restrictions.place(RESTRICTION)
    assert (await ledger.next(()), await ledger.commit(COPY)) == (None, False)
    await restrictions.lift(RESTRICTION, "bob", "corrected", LATER)
    assert await ledger.commit(COPY)
    await ErasureStore(database).ask(replace(WISH, blocked_by="hold"), AT)
    with pytest.raises(StorageError):
        await ledger.withdraw("r1")
    assert await ledger.get("r1") == COPY, "it could not be made again"


@pytest.mark.requirement("E-18")
async def test_a_hold_is_told_to_the_object_store_of_both(made: SqlCopyLedger, database: Database) -> None:
    holds = HoldStore(database)
    assert await holds.place(HOLD)
    assert await holds.unsettled() == [(HOLD, [FINISHED.object_key, COPY.object_key])]
    with pytest.raises(StorageError):
        await made.withdraw("r1")
    assert await made.get("r1") == COPY


@pytest.mark.requirement("E-18")
async def test_a_copy_of_what_is_held_is_held_as_well(ledger: SqlCopyLedger, database: Database) -> None:
    holds = HoldStore(database)
    assert await holds.place(HOLD)
    await holds.mark(HOLD.hold, "set")
    assert await ledger.begin("r1", COPY.object_key)
    assert await holds.unsettled() == []
    assert await ledger.commit(COPY)
    assert await holds.unsettled() == [(HOLD, [FINISHED.object_key, COPY.object_key])]


@pytest.mark.requirement("E-18")
async def test_a_copy_that_came_while_the_store_was_told_is_told_too(
    made: SqlCopyLedger, database: Database
) -> None:
    holds = HoldStore(database)
    assert await holds.place(HOLD)
    await holds.mark(HOLD.hold, "set", [FINISHED.object_key])
    ((hold, keys),) = await holds.unsettled()
    assert (hold, keys) == (HOLD, [FINISHED.object_key, COPY.object_key])
    await holds.mark(HOLD.hold, "set", keys)
    assert await holds.unsettled() == []


@pytest.mark.requirement("D-06")
@pytest.mark.requirement("E-09")
async def test_an_erasure_takes_key_row_and_name_of_the_copy(
    made: SqlCopyLedger, database: Database, tmp_path: Path
) -> None:
    erasures = ErasureStore(database)
    await erasures.ask(WISH, AT)
    assert await erasures.shred("r1", AT) == Shredded(header=FINISHED.header + COPY.header)
    assert await made.get("r1") is None
    await erasures.scrub([FINISHED.header + COPY.header])
    files = [path for path in tmp_path.iterdir() if path.name.startswith("pbx.db")]
    assert [path.name for path in files if NEEDLE in path.read_bytes()] == []
    await erasures.scrubbed("r1", AT)
    await erasures.object_gone("r1", "deleted", AT)
    (one,) = await erasures.pending()
    assert receipt.parse(receipt.build(one))["copy_key"] == one.copy_key == COPY.object_key
    await erasures.finish(one, (b"receipt", b"signature"), LATER)
    assert (await SqlRecordingLedger(database).filed()).copies == {}
    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM playback_copies"))).scalar() == 0


async def test_the_copy_of_one_that_was_shredded_goes_with_it_later(
    made: SqlCopyLedger, database: Database
) -> None:
    erasures = ErasureStore(database)
    await erasures.ask(replace(WISH, extent="key"), AT)
    await erasures.shred("r1", AT)
    await erasures.scrubbed("r1", AT)
    (one,) = await erasures.pending()
    await erasures.finish(one, (b"r", b"s"), AT)
    filed = await SqlRecordingLedger(database).filed()
    assert (filed.copies, filed.copies_without_key) == ({COPY.object_key: "r1"}, frozenset())
    again = await erasures.ask(WISH, LATER)
    assert again is not None and again.copy_key == COPY.object_key


@pytest.mark.requirement("R-15")
async def test_what_the_reconciler_is_told(made: SqlCopyLedger, database: Database) -> None:
    await SqlRecordingLedger(database).commit(replace(FINISHED, recording="r2"))
    assert await made.begin("r2", "dd/begun")
    async with database.writing() as session:
        await session.execute(text("DELETE FROM playback_keys"))
    filed = await SqlRecordingLedger(database).filed()
    assert filed.copies == {COPY.object_key: "r1"}
    assert filed.copies_begun == {"dd/begun"}
    assert filed.copies_without_key == {"r1"}
