"""Links in a real database: opened so often, found by a hash, told to the log."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.lifecycle.link import Session
from pbx.store import links as links_module
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.links import LinkStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.restrictions import RestrictionStore
from tests.lifecycle.test_link import AT, LINK
from tests.lifecycle.test_restriction import RESTRICTION
from tests.store.test_recordings import FINISHED

pytestmark = pytest.mark.requirement("REC-11")
SESSION = Session(session_sha256="s1", link="l1", opened_at=AT, ends_at=AT + timedelta(hours=1))


@pytest.fixture
async def links(database: Database) -> LinkStore:
    await SqlRecordingLedger(database).commit(FINISHED)
    return LinkStore(database)


async def test_the_second_browser_comes_too_late(links: LinkStore, database: Database) -> None:
    assert await links.make(LINK) == ""
    assert await links.with_token(LINK.token_sha256) == (LINK, 0)
    assert await links.open(LINK, SESSION)
    assert not await links.open(LINK, replace(SESSION, session_sha256="s2"))
    assert await links.with_token(LINK.token_sha256) == (LINK, 1)
    assert await links.with_token("x") is None
    kinds = [fact.kind for _, fact in await AuditStore(database).list(2)]
    assert kinds == ["recording.link_opened", "recording.link_made"]


async def test_a_session_is_for_its_link_and_its_time(links: LinkStore) -> None:
    await links.make(LINK)
    await links.open(LINK, SESSION)
    assert await links.visited("l1", "s1", AT) == LINK
    assert await links.visited("l2", "s1", AT) is None
    assert await links.visited("l1", "s2", AT) is None
    assert await links.visited("l1", "s1", SESSION.ends_at) is None


async def test_revoked_it_opens_nothing_and_nobody_listens_on(links: LinkStore) -> None:
    await links.make(LINK)
    await links.open(LINK, SESSION)
    assert await links.revoke(LINK, "eve", AT)
    assert not await links.revoke(LINK, "eve", AT)
    assert await links.visited("l1", "s1", AT) is None
    found = await links.get("l1")
    assert found == replace(LINK, revoked_at=AT, revoked_by="eve")
    assert not await links.open(replace(LINK, uses=2), replace(SESSION, session_sha256="s2"))


async def test_there_is_none_to_what_is_restricted(links: LinkStore, database: Database) -> None:
    await RestrictionStore(database).place(RESTRICTION)
    assert "accuracy contested" in await links.make(LINK)
    assert await links.get("l1") is None


async def test_a_user_has_so_many(links: LinkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "MAX_OPEN", 3)
    for n in range(3):
        assert await links.make(replace(LINK, link=f"l{n}", token_sha256=f"t{n}")) == ""
    more = replace(LINK, link="more", token_sha256="more")
    assert "revoke some" in await links.make(more)
    assert await links.make(replace(more, uid=7)) == ""
    later = replace(more, link="later", token_sha256="later", made_at=LINK.expires_at)
    assert await links.make(later) == ""


async def test_listing(links: LinkStore) -> None:
    other = replace(LINK, link="l2", token_sha256="t2", uid=7, made_at=AT + timedelta(minutes=1))
    for one in (LINK, other):
        await links.make(one)
    await links.open(LINK, SESSION)
    assert await links.list(["acme"], None, 10) == [(other, 0), (LINK, 1)]
    assert await links.list(["acme"], 7, 10) == [(other, 0)]
    assert await links.list(["acme"], None, 1) == [(other, 0)]
    assert await links.list(["other"], None, 10) == []
    assert (await links.opened("l1"), await links.opened("l2")) == (1, 0)
