"""Restrictions in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.erasures import ErasureStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.restrictions import RestrictionStore, forbids
from tests.lifecycle.test_restriction import AT, RESTRICTION
from tests.store.test_erasures import WISH
from tests.store.test_recordings import FINISHED

LATER = AT + timedelta(hours=1)
OTHER = replace(RESTRICTION, restriction="s2", reason="objection", since_at=LATER)


@pytest.fixture
async def restrictions(database: Database) -> RestrictionStore:
    await SqlRecordingLedger(database).commit(FINISHED)
    return RestrictionStore(database)


async def forbidden(database: Database, recording: str = "r1") -> str:
    return await database.write(lambda connection: forbids(connection, recording))


@pytest.mark.requirement("D-05")
async def test_the_last_of_several_restrictions_goes_on(
    restrictions: RestrictionStore, database: Database
) -> None:
    assert await forbidden(database) == ""
    assert await restrictions.place(RESTRICTION) and await restrictions.place(OTHER)
    assert await forbidden(database) == "a restriction (accuracy contested)"
    assert await restrictions.lift(RESTRICTION, "bob", "corrected", LATER)
    assert not await restrictions.lift(RESTRICTION, "bob", "again", LATER)
    assert await forbidden(database) == "a restriction (objection)"
    assert await restrictions.list() == [OTHER]
    lifted = replace(RESTRICTION, lifted_at=LATER, lifted_by="bob", lift_reason="corrected")
    assert await restrictions.of("r1") == await restrictions.list(every=True) == [lifted, OTHER]
    assert await restrictions.lift(OTHER, "bob", "settled", LATER)
    assert await forbidden(database) == ""
    kinds = [fact.kind for _, fact in await AuditStore(database).list(4)]
    assert kinds == ["recording.restriction_lifted"] * 2 + ["recording.restricted"] * 2


async def test_nothing_is_restricted_that_is_not_there(restrictions: RestrictionStore) -> None:
    assert not await restrictions.place(replace(RESTRICTION, recording="r9"))
    assert await restrictions.list(every=True) == []


@pytest.mark.requirement("D-05")
@pytest.mark.parametrize("rule", ["hold", ""])
async def test_what_somebody_wants_erased_is_restricted(
    restrictions: RestrictionStore, database: Database, rule: str
) -> None:
    await ErasureStore(database).ask(replace(WISH, blocked_by=rule), AT)
    assert await forbidden(database) == "an erasure that was asked for"
