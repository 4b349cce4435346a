"""Numbers that refuse, in the database: as tags alone, changed with the facts of their call."""

from datetime import UTC, datetime

import pytest

from pbx.call.effects import Audit, KeepRefusal
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys
from pbx.store.refusals import RefusalStore

pytestmark = pytest.mark.requirement("REC-06")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NUMBER = "+447700900123"


def change(*, refuses: bool = True, tenant: str = "acme") -> KeepRefusal:
    return KeepRefusal(tenant=tenant, number=NUMBER, call=CallId("c1"), consent="k1", refuses=refuses)


async def test_a_number_is_kept_as_a_tag_and_forgotten(database: Database, keys: StoreKeys) -> None:
    facts, store = FactStore(database, keys), RefusalStore(database, keys)
    empty = await store.version()
    await facts.write([(change(), AT), (change(), AT), (change(tenant="other"), AT)])
    assert await store.tags() == {store.tag("acme", NUMBER), store.tag("other", NUMBER)}
    (one,) = [each for each in await store.list() if each.tenant == "acme"]
    assert (one.call, one.consent, one.since_at) == ("c1", "k1", AT)
    assert await store.version() != empty
    await facts.write([(change(refuses=False), AT)])
    assert await store.tags() == {store.tag("other", NUMBER)}


async def test_the_database_does_not_hold_the_number(database: Database, keys: StoreKeys) -> None:
    await FactStore(database, keys).write([(change(), AT)])
    (one,) = await RefusalStore(database, keys).list()
    assert NUMBER[1:] not in repr(one)
    assert len(bytes.fromhex(one.tag)) == 16


async def test_who_forgets_is_on_record(database: Database, keys: StoreKeys) -> None:
    store = RefusalStore(database, keys)
    await FactStore(database, keys).write([(change(), AT), (Audit(fact=AuditFact(kind="x")), AT)])
    tag = store.tag("acme", NUMBER)
    assert await store.forget(tag, "operator/anna", "he asked", AT)
    assert not await store.forget(tag, "operator/anna", "he asked", AT)
    facts = [fact for _, fact in await AuditStore(database).list()]
    (kept,) = [fact for fact in facts if fact.kind == "consent.refusal_forgotten"]
    assert (kept.tenant, kept.details["actor"], kept.details["consent"]) == ("acme", "operator/anna", "k1")
