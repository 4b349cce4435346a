"""Who wants no marketing calls, in the database: as tags, for good, for every tenant of the controller."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.core.audit import AuditFact
from pbx.marketing.effects import KeepContact, KeepStop, What
from pbx.marketing.register import KEPT, Changes, Contact, Register
from pbx.store import suppressions
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys
from pbx.store.screenings import Result, ScreeningStore
from pbx.store.suppressions import BEGINNING, SuppressionStore

pytestmark = pytest.mark.requirement("C-15")
AT = datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC)
NUMBER = "+442079460000"
FACT = AuditFact(kind="marketing.opted_out", tenant="acme")


def wish(number: str = NUMBER, controller: str = "group", tenant: str = "acme") -> KeepStop:
    return KeepStop(
        tenant=tenant,
        controller=controller,
        number=number,
        how="key",
        call="c1",
        campaign="spring",
        actor="trunk/carrier",
    )


def contact(name: str = "l1/placed", what: What = "placed", at: datetime = AT) -> KeepContact:
    return KeepContact(contact=name, tenant="acme", controller="group", number=NUMBER, what=what, at=at)


async def test_a_wish_is_kept_once_with_the_facts_of_its_call(database: Database, keys: StoreKeys) -> None:
    store = SuppressionStore(database, keys)
    await FactStore(database, keys).write([(wish(), AT), (wish(tenant="sister"), AT + timedelta(days=1))])
    (one,) = await store.list()
    assert (one.tag, one.since_at) == (store.tag("group", NUMBER).hex(), AT)
    assert (one.how, one.call, one.campaign, one.actor) == ("key", "c1", "spring", "trunk/carrier")
    assert (await store.standing(store.tag("group", NUMBER))).is_stopped
    assert not (await store.standing(store.tag("other", NUMBER))).is_stopped
    assert await store.list("other") == []
    assert [one.controller for one in await store.list("group")] == ["group"]


async def test_a_wish_that_did_not_come_in_a_call_is_on_record_once(
    database: Database, keys: StoreKeys
) -> None:
    store = SuppressionStore(database, keys)
    assert await store.stop(wish(), FACT, AT)
    assert not await store.stop(wish(), FACT, AT)
    assert [fact.kind for _, fact in await AuditStore(database).list()] == ["marketing.opted_out"]


async def test_the_database_holds_no_number(database: Database, keys: StoreKeys, tmp_path: Path) -> None:
    await FactStore(database, keys).write([(wish(), AT), (contact(), AT)])
    await ScreeningStore(database, keys).screened(
        "group", "tps", [Result(number=NUMBER, registered=True)], AT
    )
    octets = b"".join(file.read_bytes() for file in tmp_path.glob("pbx.db*"))
    assert NUMBER.encode() not in octets
    assert NUMBER[1:].encode() not in octets
    assert NUMBER[3:].encode() not in octets


async def test_whoever_follows_is_told_what_is_new(database: Database, keys: StoreKeys) -> None:
    store, facts = SuppressionStore(database, keys), FactStore(database, keys)
    assert await store.changes(BEGINNING) == (Changes(), BEGINNING)
    await facts.write([(wish(), AT), (contact(), AT)])
    first, known = await store.changes(BEGINNING)
    tag = store.tag("group", NUMBER)
    assert first.stops == (tag,)
    assert first.contacts == (Contact(contact="l1/placed", tag=tag, what="placed", at=AT),)
    assert await store.changes(known) == (Changes(), known)
    await facts.write([(contact("l1/abandoned", "abandoned"), AT), (contact(), AT)])
    second, newer = await store.changes(known)
    assert [one.what for one in second.contacts] == ["abandoned"]
    assert second.stops == ()
    assert newer != known


async def test_another_key_is_noticed_before_anybody_is_called(
    database: Database, keys: StoreKeys, tmp_path: Path
) -> None:
    """With a new key every number would have another tag, and nobody would have opted out."""
    store = SuppressionStore(database, keys)
    assert await store.is_ours()
    await FactStore(database, keys).write([(wish(), AT)])
    strange = SuppressionStore(database, StoreKeys.load_or_create(tmp_path / "others"))
    assert not await strange.is_ours()
    assert not (await strange.standing(strange.tag("group", NUMBER))).is_stopped
    assert await store.is_ours()
    assert [one.controller for one in await store.list()] == ["group"]


async def test_another_process_is_told_of_a_call_of_this_one(
    database: Database, url: str, keys: StoreKeys
) -> None:
    """Two databases on one file, as two processes have them."""
    other = Database(url)
    there = SuppressionStore(other, keys)
    _, known = await there.changes(BEGINNING)
    await FactStore(database, keys).write([(wish(), AT)])
    changes, _ = await there.changes(known)
    await other.close()
    register = Register()
    register.take(changes)
    assert register.standing(there.tag("group", NUMBER)).is_stopped


async def test_many_are_told_page_by_page_and_none_is_left_out(
    database: Database, keys: StoreKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppressions, "PAGE", 3)
    store = SuppressionStore(database, keys)
    numbers = [f"+4420794600{n:02d}" for n in range(7)]
    await FactStore(database, keys).write([(wish(number), AT) for number in numbers])
    told, known, pages = set[bytes](), BEGINNING, 0
    while True:
        changes, newest = await store.changes(known)
        if newest == known:
            break
        told |= set(changes.stops)
        known, pages = newest, pages + 1
    assert told == {store.tag("group", number) for number in numbers}
    assert pages == 3


async def test_calls_that_no_rule_looks_back_to_go(database: Database, keys: StoreKeys) -> None:
    store, facts = SuppressionStore(database, keys), FactStore(database, keys)
    await facts.write([(contact("old"), AT)])
    await facts.write([(contact("edge", at=AT + KEPT), AT)])
    tag = store.tag("group", NUMBER)
    assert [one.contact for one in (await store.standing(tag)).contacts] == ["old", "edge"]
    await facts.write([(contact("new", at=AT + KEPT + timedelta(microseconds=1)), AT)])
    assert [one.contact for one in (await store.standing(tag)).contacts] == ["edge", "new"]


async def test_what_came_of_a_call_is_kept_on_record(database: Database, keys: StoreKeys) -> None:
    store = SuppressionStore(database, keys)
    await store.contacted(contact("x", "refused"), AuditFact(kind="marketing.refused", tenant="acme"))
    standing = await store.standing(store.tag("group", NUMBER))
    assert [(one.what, one.at) for one in standing.contacts] == [("refused", AT)]
    assert [fact.kind for _, fact in await AuditStore(database).list()] == ["marketing.refused"]
