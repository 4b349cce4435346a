"""The audit log."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.store.audit import AuditStore
from pbx.store.database import Database

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.requirement("F-25")
async def test_facts_come_back_newest_first(database: Database) -> None:
    audit = AuditStore(database)
    granted = AuditFact(
        kind="consent.granted", call=CallId("c1"), tenant="acme", details={"key": "1", "n": 3, "x": None}
    )
    started = AuditFact(kind="node.started")
    await audit.append(granted, AT)
    await audit.append(started, AT - timedelta(seconds=5))  # the clock was set back; order stays
    assert await audit.list() == [(AT - timedelta(seconds=5), started), (AT, granted)]
    assert await audit.list(limit=1) == [(AT - timedelta(seconds=5), started)]


async def test_the_newest_fact_of_each_trunk_since_a_time(database: Database) -> None:
    audit = AuditStore(database)

    def fact(kind: str, trunk: str = "blue") -> AuditFact:
        return AuditFact(kind=kind, tenant="acme", details={"trunk": trunk})

    await audit.append(fact("trunk.up", "old"), AT - timedelta(hours=1))
    for kind in ("trunk.down", "trunk.registered", "trunk.up", "node.started"):
        await audit.append(fact(kind), AT)
    found = await audit.trunks(AT - timedelta(minutes=1))
    assert found == {
        ("acme", "blue", "health"): fact("trunk.up"),
        ("acme", "blue", "registration"): fact("trunk.registered"),
    }


async def test_the_newest_fact_of_a_kind(database: Database) -> None:
    store = AuditStore(database)
    assert await store.newest("a.b") is None
    for number, kind in enumerate(("a.b", "a.b", "a.c")):
        await store.append(AuditFact(kind=kind, details={"n": number}), AT + timedelta(seconds=number))
    found = await store.newest("a.b")
    assert found is not None
    assert (found[0], found[1].details) == (AT + timedelta(seconds=1), {"n": 1})


async def test_how_many_facts_of_each_kind_since_a_time(database: Database) -> None:
    audit = AuditStore(database)
    await audit.append(AuditFact(kind="fax.began"), AT - timedelta(seconds=1))
    for kind in ("audio.high_loss", "audio.high_loss", "fax.began", "faxes.began", "audio", "node.started"):
        await audit.append(AuditFact(kind=kind), AT)
    assert await audit.counts(("audio", "fax"), AT) == {"audio.high_loss": 2, "fax.began": 1}
    assert await audit.counts(("_udio", "fa%"), AT) == {}, "a topic is no pattern"


async def test_the_newest_fact_of_a_tenant_and_some_kinds(database: Database) -> None:
    audit = AuditStore(database)
    assert await audit.newest_of("acme", ("a", "b")) is None
    for kind, tenant in (("b", "acme"), ("a", "acme"), ("c", "acme"), ("b", "globex")):
        await audit.append(AuditFact(kind=kind, tenant=tenant), AT)
    assert await audit.newest_of("acme", ("a", "b")) == AuditFact(kind="a", tenant="acme")


async def test_facts_of_some_kinds_behind_a_number(database: Database) -> None:
    audit = AuditStore(database)
    assert await audit.newest_id() == 0
    for number, kind in enumerate(("a.b", "a.c", "a.b", "a.d", "a.d")):
        await audit.append(AuditFact(kind=kind, details={"n": number}), AT - timedelta(seconds=number))
    newest = await audit.newest_id()
    found = await audit.after(0, ("a.b", "a.d"))
    assert [fact.details["n"] for _, fact in found] == [0, 2, 3, 4]
    assert await audit.after(found[1][0], ("a.b", "a.d"), 1) == [found[2]]
    assert found[-1][0] == newest
    assert await audit.after(newest, ("a.b", "a.d")) == []


async def test_the_facts_of_one_call_in_their_order(database: Database) -> None:
    audit = AuditStore(database)
    facts = [AuditFact(kind=kind, call=CallId("c1"), tenant="acme") for kind in ("call.a", "call.b")]
    await audit.append(facts[0], AT)
    await audit.append(AuditFact(kind="call.a", call=CallId("c2"), tenant="acme"), AT)
    await audit.append(facts[1], AT)
    assert await audit.of_call("c1") == [(AT, fact) for fact in facts]
    assert await audit.of_call("c3") == []


@pytest.mark.requirement("CF-43")
async def test_facts_of_some_kinds_since_a_time(database: Database) -> None:
    audit = AuditStore(database)
    await audit.append(AuditFact(kind="a.old"), AT - timedelta(seconds=1))
    for kind in ("a.old", "b.other", "a.new"):
        await audit.append(AuditFact(kind=kind), AT)
    found = await audit.since(("a.old", "a.new"), AT)
    assert found == [(AT, AuditFact(kind="a.old")), (AT, AuditFact(kind="a.new"))]
