"""Erasures in a real database."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.lifecycle.erasure import State
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.erasures import MAX_WORKED, ErasureStore, Shredded, Wish
from pbx.store.holds import HoldStore
from pbx.store.keys import StoreKeys
from pbx.store.recordings import SqlRecordingLedger
from tests.lifecycle.test_hold import HOLD
from tests.store.test_recordings import AT, CALL, FINISHED

WISH = Wish(recording="r1", ground="request", reason="asked for", actor="ada")
LATER = AT + timedelta(hours=1)


@pytest.fixture
async def erasures(database: Database, keys: StoreKeys) -> ErasureStore:
    await CallStore(database, keys).save(CALL)
    await SqlRecordingLedger(database).commit(FINISHED)
    return ErasureStore(database)


async def state(erasures: ErasureStore) -> tuple[State, str]:
    found = await erasures.get("r1")
    assert found is not None
    return found.state, found.blocked_by


async def kinds(database: Database) -> list[str]:
    return [fact.kind for _, fact in await AuditStore(database).list()]


async def walked(erasures: ErasureStore) -> None:
    assert await erasures.shred("r1", AT) == Shredded(header=FINISHED.header)
    await erasures.scrub([FINISHED.header])
    await erasures.scrubbed("r1", AT)
    await erasures.object_gone("r1", "deleted", AT)
    (one,) = await erasures.pending()
    assert (one.state, one.object) == ("object_gone", "deleted")
    await erasures.finish(one, (b"receipt", b"signature"), LATER)


@pytest.mark.requirement("REC-10")
async def test_what_is_left_is_the_tombstone(
    erasures: ErasureStore, database: Database, keys: StoreKeys
) -> None:
    assert await erasures.ask(WISH, AT) is not None
    await walked(erasures)
    found = await erasures.get("r1")
    assert found is not None and found.is_over
    assert (found.receipt, found.signature, found.done_at) == (b"receipt", b"signature", LATER)
    ledger = SqlRecordingLedger(database)
    assert await ledger.get("r1") is None
    assert (await ledger.filed()).objects == {}
    assert await ledger.find("r1") == b""  # a journal of it must not bring it back
    call = await CallStore(database, keys).get("c1")
    assert call is not None and call.recording_state == "erased"
    assert await kinds(database) == [
        "recording.erased",
        "recording.shredded",
        "recording.erasure_asked",
        "recording.finished",
    ]


async def test_a_step_done_twice_changes_nothing(erasures: ErasureStore, database: Database) -> None:
    await erasures.ask(WISH, AT)
    await walked(erasures)
    said = await kinds(database)
    assert await erasures.shred("r1", LATER) == Shredded(header=None)
    await erasures.scrubbed("r1", LATER)
    again = await erasures.ask(replace(WISH, reason="again"), LATER)
    assert again is not None and (again.is_over, again.reason) == (True, "asked for")
    assert await kinds(database) == said


@pytest.mark.requirement("D-05")
async def test_a_hold_that_came_in_between_blocks(erasures: ErasureStore, database: Database) -> None:
    await erasures.ask(WISH, AT)
    assert await HoldStore(database).place(HOLD)
    assert await erasures.shred("r1", AT) is None
    assert await state(erasures) == ("blocked", "hold")
    assert await SqlRecordingLedger(database).get("r1") is not None
    assert await erasures.pending() == []
    await HoldStore(database).release(HOLD, "bob", "settled", LATER)
    await HoldStore(database).mark(HOLD.hold, "cleared")
    await erasures.unblock("r1")
    assert await state(erasures) == ("asked", "")
    assert await erasures.shred("r1", LATER) is not None


async def test_a_blocked_wish_may_get_another_reason(erasures: ErasureStore) -> None:
    await erasures.ask(replace(WISH, ground="retention", blocked_by="hold"), AT)
    assert [one.ground for one in await erasures.blocked()] == ["retention"]
    await erasures.ask(replace(WISH, blocked_by="hold"), LATER)
    assert [one.ground for one in await erasures.blocked()] == ["request"]


async def test_a_shredded_one_may_lose_its_object_too(erasures: ErasureStore) -> None:
    await erasures.ask(replace(WISH, extent="key"), AT)
    await erasures.shred("r1", AT)
    await erasures.scrubbed("r1", AT)
    (one,) = await erasures.pending()
    await erasures.finish(one, (b"r", b"s"), AT)
    assert await state(erasures) == ("done", "")
    again = await erasures.ask(WISH, LATER)
    assert again is not None and (again.state, again.extent, again.object) == ("asked", "all", "")
    assert (again.receipt, again.signature) == (b"r", b"s")  # until there is a newer one
    assert await erasures.shred("r1", LATER) == Shredded(header=None)
    (one,) = await erasures.pending()
    assert (one.state, one.key_gone_at, one.scrubbed_at) == ("scrubbed", AT, AT)


async def test_the_key_of_one_that_is_blocked_stays(erasures: ErasureStore, database: Database) -> None:
    """Two processes: the other one found a hold that is released by the time we come."""
    await erasures.ask(replace(WISH, blocked_by="hold"), AT)
    assert await erasures.shred("r1", AT) == Shredded(header=None)
    assert await state(erasures) == ("blocked", "hold")
    assert await SqlRecordingLedger(database).get("r1") is not None


async def test_a_wish_for_less_does_not_shrink_one_that_is_blocked(erasures: ErasureStore) -> None:
    await erasures.ask(replace(WISH, blocked_by="minimum"), AT)
    again = await erasures.ask(replace(WISH, extent="key"), LATER)
    assert again is not None and (again.extent, again.object, again.state) == ("all", "", "asked")


async def test_what_is_not_due_any_more_is_taken_back(erasures: ErasureStore, database: Database) -> None:
    await erasures.ask(replace(WISH, ground="retention", blocked_by="hold"), AT)
    await erasures.block("r1", "obligation")
    assert await state(erasures) == ("blocked", "obligation")
    await erasures.withdraw("r1", LATER)
    assert await erasures.get("r1") is None
    assert (await kinds(database))[0] == "recording.erasure_withdrawn"


async def test_a_request_is_not_taken_back(erasures: ErasureStore) -> None:
    await erasures.ask(replace(WISH, blocked_by="hold"), AT)
    await erasures.withdraw("r1", LATER)
    assert await state(erasures) == ("blocked", "hold")


async def test_a_recording_that_never_was(erasures: ErasureStore) -> None:
    assert await erasures.ask(replace(WISH, recording="r9"), AT) is None
    assert await erasures.list() == []


async def test_so_many_share_one_look(erasures: ErasureStore, database: Database) -> None:
    for n in range(MAX_WORKED + 1):
        await SqlRecordingLedger(database).commit(replace(FINISHED, recording=f"x{n:03}"))
        await erasures.ask(replace(WISH, recording=f"x{n:03}"), AT + timedelta(seconds=n))
    pending = [one.recording for one in await erasures.pending()]
    assert pending == [f"x{n:03}" for n in range(MAX_WORKED)]
    assert [one.recording for one in await erasures.pending("x064")] == ["x064"]
    last = (await erasures.pending())[-1]
    assert [one.recording for one in await erasures.pending(behind=last)] == ["x064"]


@pytest.mark.requirement("E-09")
async def test_after_a_crash_nobody_knows_the_header_and_it_goes_all_the_same(
    erasures: ErasureStore, database: Database, tmp_path: Path
) -> None:
    needle = b"S" * 50
    async with database.writing() as session:
        await session.execute(text("UPDATE recording_keys SET header = :h"), {"h": b"v1\n" + needle})
    await erasures.ask(WISH, AT)
    await erasures.shred("r1", AT)
    await erasures.scrub(())
    files = [path for path in tmp_path.iterdir() if path.name.startswith("pbx.db")]
    assert [path.name for path in files if needle in path.read_bytes()] == []
