"""Notices of what falls due, in a real database."""

from datetime import timedelta

import pytest

from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.notices import NoticeStore
from tests.store.test_recordings import AT

LATER = AT + timedelta(hours=1)


@pytest.fixture
async def notices(database: Database) -> NoticeStore:
    return NoticeStore(database)


@pytest.mark.requirement("D-07")
async def test_a_notice_stays_as_old_as_it_is(notices: NoticeStore, database: Database) -> None:
    assert await notices.announce({"r1": "acme", "r2": "acme", "g1": "globex"}, AT) == 3
    assert await notices.announce({"r1": "acme", "r3": "acme"}, LATER) == 1
    assert await notices.all() == {"r1": AT, "r3": LATER}
    said = [(fact.kind, fact.tenant, fact.details["n"]) for _, fact in await AuditStore(database).list()]
    assert sorted(said[1:]) == [("retention.announced", "acme", 2), ("retention.announced", "globex", 1)]
    assert said[0] == ("retention.announced", "acme", 1)


async def test_what_is_due_again_has_a_new_notice(notices: NoticeStore) -> None:
    await notices.announce({"r1": "acme"}, AT)
    assert await notices.announce({}, AT) == 0
    await notices.announce({"r1": "acme"}, LATER)
    assert await notices.all() == {"r1": LATER}


async def test_the_oldest_notice_that_is_younger(notices: NoticeStore) -> None:
    assert await notices.first_after(AT) is None
    await notices.announce({"r1": "acme"}, AT)
    await notices.announce({"r1": "acme", "r2": "acme"}, LATER)
    assert await notices.first_after(AT) == LATER
    assert await notices.first_after(AT - timedelta(seconds=1)) == AT
    assert await notices.first_after(LATER) is None
