"""The access log in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.store.accesses import AccessStore
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore, Wish
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.restrictions import RestrictionStore
from tests.lifecycle.test_access import ACCESS
from tests.lifecycle.test_restriction import AT, RESTRICTION
from tests.store.test_recordings import FINISHED

LATER = AT + timedelta(hours=1)


@pytest.fixture
async def accesses(database: Database) -> AccessStore:
    await SqlRecordingLedger(database).commit(FINISHED)
    return AccessStore(database)


@pytest.mark.requirement("D-09")
async def test_an_access_is_a_fact_of_the_log(accesses: AccessStore, database: Database) -> None:
    assert await accesses.open(ACCESS, AT) == ""
    assert await accesses.open(replace(ACCESS, recording="r2", form="show"), LATER) == ""
    assert [fact.kind for _, fact in await accesses.list(9)] == ["recording.shown", "recording.exported"]
    assert await accesses.list(1, "r1") == [(AT, ACCESS.fact())]
    assert await AuditLog(database).strays() == []


@pytest.mark.requirement("D-09")
async def test_a_restricted_recording_is_refused_and_the_try_is_told(
    accesses: AccessStore, database: Database
) -> None:
    await RestrictionStore(database).place(RESTRICTION)
    assert await accesses.open(ACCESS, AT) == "a restriction (accuracy contested)"
    ((_, said),) = await accesses.list(9)
    assert (said.kind, said.details["form"]) == ("recording.refused", "wav")
    assert await accesses.open(replace(ACCESS, form="show"), AT) == ""


@pytest.mark.requirement("R-27")
@pytest.mark.requirement("D-09")
async def test_who_listened_to_the_call_is_among_those_who_heard_its_recording(
    accesses: AccessStore, database: Database
) -> None:
    def watch(kind: str, call: str) -> AuditFact:
        said: dict[str, str | int | bool | None] = {"by": "extension/1009", "whom": "extension/1001"}
        return AuditFact(kind=kind, call=CallId(call), tenant="acme", details=said | {"mode": "listen"})

    assert await accesses.open(ACCESS, AT) == ""
    audit = AuditStore(database)
    for n, (kind, call) in enumerate((("began", "c1"), ("mode", "c1"), ("ended", "c1"), ("began", "c2"))):
        await audit.append(watch(f"watch.{kind}", call), AT + timedelta(minutes=n + 1))
    heard = ["watch.ended", "watch.mode", "watch.began", "recording.exported"]
    for asked in (FINISHED.recording, FINISHED.call):
        assert [fact.kind for _, fact in await accesses.list(9, asked)] == heard, asked
    assert len(await accesses.list(9)) == 5
    wish = Wish(recording=FINISHED.recording, ground="request", reason="asked for", actor="ada")
    assert await ErasureStore(database).ask(wish, LATER)
    async with database.writing() as session:
        for table in ("recording_keys", "recordings"):
            await session.execute(text(f"DELETE FROM {table}"))
    assert [fact.kind for _, fact in await accesses.list(9, FINISHED.recording)] == heard


@pytest.mark.requirement("D-10")
async def test_without_a_log_nothing_is_given_out(accesses: AccessStore, database: Database) -> None:
    async with database.writing() as session:
        await session.execute(text("DROP TABLE audit_leaves"))
    with pytest.raises(StorageError):
        await accesses.open(ACCESS, AT)


@pytest.mark.requirement("REC-11")
async def test_what_a_role_forbids_is_told_as_well(accesses: AccessStore) -> None:
    await accesses.refuse(ACCESS, "access:role", AT)
    assert await accesses.list(9) == [(AT, ACCESS.fact("access:role"))]
