"""Several kinds of facts in one transaction of a real database."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit, SaveCall, SaveConsent
from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.facts import FactStore, Stamped
from pbx.store.keys import StoreKeys
from tests.store.test_calls import AT, ENDED, OFFERED
from tests.store.test_consents import RECORD


def _audit(kind: str) -> Stamped:
    return (Audit(fact=AuditFact(kind=kind)), AT)


async def test_every_kind_is_written_in_its_order(database: Database, keys: StoreKeys) -> None:
    other = replace(OFFERED, call=CallId("c2"), legs=())
    entries: list[Stamped] = [
        _audit("first"),
        (SaveCall(record=OFFERED), AT),
        (SaveConsent(record=RECORD), AT),
        (SaveCall(record=other), AT),
        _audit("second"),
    ]
    await FactStore(database, keys).write(entries)
    assert await CallStore(database, keys).get("c1") == OFFERED
    assert await CallStore(database, keys).get("c2") == other
    assert await ConsentStore(database).get("k1") == RECORD
    assert [fact.kind for _, fact in await AuditStore(database).list()] == ["second", "first"]


async def test_nothing_is_written_when_one_is_refused(database: Database, keys: StoreKeys) -> None:
    facts = FactStore(database, keys)
    await facts.write([(SaveCall(record=OFFERED), AT), (SaveConsent(record=RECORD), AT)])
    forged = replace(RECORD, tenant="other")
    with pytest.raises(MisuseError):
        await facts.write([(SaveCall(record=ENDED), AT), (SaveConsent(record=forged), AT), _audit("x")])
    assert await CallStore(database, keys).get("c1") == OFFERED
    assert await ConsentStore(database).get("k1") == RECORD
    assert await AuditStore(database).list() == []
