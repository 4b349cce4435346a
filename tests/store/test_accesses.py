"""The access log in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from pbx.core.errors import StorageError
from pbx.store.accesses import AccessStore
from pbx.store.audit_log import AuditLog
from pbx.store.database import Database
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
