"""A number that is not a customer's (UK GDPR 16)."""

from dataclasses import replace
from pathlib import Path

import pytest

from pbx.call.effects import KeepGrant
from pbx.core.ids import CallId, SeededIds
from pbx.core.io.clock import utc_now
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.grants import GrantStore
from pbx.store.keys import StoreKeys
from pbx.store.rectifications import RectificationStore, Wish
from pbx.verify.grant import LIFE, GrantKey, GrantRefused
from tests.store.test_calls import ENDED
from tests.verify.granted import GRANT

NUMBER = ENDED.caller_number
CSV = f"name,entity_type,phone,date_of_birth\nAnn,individual,{NUMBER},1980-02-03\n"
pytestmark = pytest.mark.requirement("D-15")


@pytest.fixture
async def customer(database: Database, keys: StoreKeys, tmp_path: Path) -> str:
    """Ann, and what a call from her supposed number says of her."""
    (tmp_path / "c.csv").write_text(CSV)
    customers = CustomerStore(database, keys)
    await customers.import_csv("acme", "GB", tmp_path / "c.csv")
    [ann] = await customers.find("acme", NUMBER)
    calls = CallStore(database, keys)
    await calls.save(replace(ENDED, customer=ann.ref))
    other = replace(ENDED, call=CallId("c2"), caller_number="+447700900124", customer=ann.ref, legs=())
    await calls.save(other)
    return ann.ref


def wish(customer: str) -> Wish:
    return Wish(tenant="acme", customer=customer, number=NUMBER, reason="his flatmate", actor="dpo")


async def test_it_is_unbound_now_at_every_import_and_in_past_calls(
    database: Database, keys: StoreKeys, tmp_path: Path, customer: str
) -> None:
    done = await RectificationStore(database, keys, SeededIds()).rectify(wish(customer), utc_now())
    assert done is not None
    assert (done.was_bound, done.calls) == (True, ("c1",))
    customers, calls = CustomerStore(database, keys), CallStore(database, keys)
    assert await customers.find("acme", NUMBER) == []
    report = await customers.import_csv("acme", "GB", tmp_path / "c.csv")
    assert (report.unbound, report.ended) == (1, 0)
    assert await customers.find("acme", NUMBER) == []
    past, other = await calls.get("c1"), await calls.get("c2")
    assert past is not None and (past.customer, past.verification) == ("", "V0")
    assert other is not None and (other.customer, other.verification) == (customer, "V2")


async def test_the_grants_of_such_calls_name_him_no_more(
    database: Database, keys: StoreKeys, customer: str
) -> None:
    grants, at = GrantStore(database, keys), utc_now().replace(microsecond=0)
    one = replace(GRANT, call=CallId("c1"), customer=customer, iat=at, exp=at + LIFE)
    other = replace(one, call=CallId("c2"), jti="b")
    await FactStore(database, keys).write([(KeepGrant(grant=grant), at) for grant in (one, other)])
    await RectificationStore(database, keys).rectify(wish(customer), utc_now())
    kept, untouched = await grants.get(one.jti), await grants.get("b")
    assert kept is not None and untouched is not None
    assert (kept.grant.customer, untouched.grant.customer) == ("", customer)
    with pytest.raises(GrantRefused):
        GrantKey(keys.grant).read(kept.token)


async def test_what_was_said_stays_on_the_record(database: Database, keys: StoreKeys, customer: str) -> None:
    store = RectificationStore(database, keys)
    done = await store.rectify(wish(customer), utc_now())
    assert done is not None
    facts = [fact for _, fact in await AuditStore(database).list()]
    assert [(fact.kind, fact.call) for fact in facts] == [
        ("verification.rectified", "c1"),
        ("privacy.rectified", None),
    ]
    assert (facts[0].details["was"], facts[1].details["reason"]) == ("V2", "his flatmate")
    assert NUMBER not in repr(facts)
    [line] = await store.list("acme")
    assert (line.customer, line.actor, line.rectification) == (customer, "dpo", done.rectification)
    assert await store.list("globex") == []


async def test_a_number_that_he_has_no_more_is_taken_out_of_past_calls_only(
    database: Database, keys: StoreKeys, customer: str
) -> None:
    store = RectificationStore(database, keys)
    await store.rectify(wish(customer), utc_now())
    again = await store.rectify(wish(customer), utc_now())
    assert again is not None and (again.was_bound, again.calls) == (False, ())


async def test_of_nobody_and_of_another_tenant(database: Database, keys: StoreKeys, customer: str) -> None:
    store = RectificationStore(database, keys)
    assert await store.rectify(wish("nobody"), utc_now()) is None
    assert await store.rectify(replace(wish(customer), tenant="globex"), utc_now()) is None
    assert await AuditStore(database).list() == []
