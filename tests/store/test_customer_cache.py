"""Answers of a source as rows that callers are compared with."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from pbx.call.effects import CheckCaller
from pbx.core.ids import CallId, Token
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.store.customer_cache import CustomerCache
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityResult, IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Customer, Rectification
from pbx.verify.people import Person, parse_person

NUMBER, CRM = "+441632960123", ("acme", "crm")


def person(key: str, name: str = "Ann Example") -> Person:
    fields = {"name": name, "entity_type": "individual", "phone": NUMBER, "date_of_birth": "1980-02-03"}
    return parse_person(fields | {"id": key}, "GB")


async def check(database: Database, keys: StoreKeys) -> IdentityResult:
    asked = CheckCaller(
        call=CallId("c"),
        token=Token(1),
        tenant="acme",
        number=NUMBER,
        date_of_birth=Secret("19800203"),
        trunk="t",
    )
    return await IdentityStore(database, keys).check(asked, utc_now())


async def test_an_answer_replaces_the_one_before(database: Database, keys: StoreKeys) -> None:
    cache = CustomerCache(database, keys)
    await cache.replace(CRM, NUMBER, [person("7")], utc_now())
    first = await check(database, keys)
    await cache.replace(CRM, NUMBER, [person("8")], utc_now())
    second = await check(database, keys)
    await cache.replace(CRM, NUMBER, [], utc_now())
    assert [first.reason, second.reason, (await check(database, keys)).reason] == [
        *("matched", "matched"),
        "unknown",
    ]
    assert first.customer != second.customer
    await cache.replace(CRM, NUMBER, [person("7")], utc_now())
    assert (await check(database, keys)).customer == first.customer, "locks and past calls go by it"


@pytest.mark.requirement("V-09")
async def test_nothing_of_an_answer_is_in_clear(database: Database, keys: StoreKeys, tmp_path: Path) -> None:
    await CustomerCache(database, keys).replace(CRM, NUMBER, [person("KEY-7")], utc_now())
    [view] = await CustomerStore(database, keys).find("acme", NUMBER)
    assert view.name == ""
    await database.close()
    octets = b"".join(file.read_bytes() for file in tmp_path.glob("pbx.db*"))
    assert not [one for one in (b"Ann", b"960123", b"19800203", b"1980-02-03", b"KEY-7") if one in octets]


async def test_old_answers_go_and_those_of_others_stay(database: Database, keys: StoreKeys) -> None:
    cache, now = CustomerCache(database, keys), utc_now()
    for tenant, source in (CRM, ("acme", "billing"), ("globex", "crm")):
        await cache.replace((tenant, source), NUMBER, [person("7")], now - timedelta(hours=1))

    async def left() -> set[tuple[str, str]]:
        async with database.reading() as session:
            return {(row.tenant, row.source) for row in (await session.scalars(select(Customer))).all()}

    await cache.forget_old("acme", ["crm"], now - timedelta(hours=2))
    assert len(await left()) == 3
    await cache.forget_old("acme", ["crm"], now - timedelta(hours=1))
    assert await left() == {("acme", "billing"), ("globex", "crm")}
    await cache.keep_only([("acme", "billing")])
    assert await left() == {("acme", "billing")}
    await cache.keep_only([])
    assert await left() == set()


async def test_the_file_is_not_an_answer(database: Database, keys: StoreKeys, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(f"name,entity_type,phone,date_of_birth\nAnn,individual,{NUMBER},1980-02-03\n")
    await CustomerStore(database, keys).import_csv("acme", "GB", file)
    cache = CustomerCache(database, keys)
    await cache.replace(CRM, NUMBER, [], utc_now())
    await cache.keep_only([])
    assert (await check(database, keys)).reason == "matched"


async def test_a_number_that_was_rectified_is_not_bound_again(database: Database, keys: StoreKeys) -> None:
    cache = CustomerCache(database, keys)
    await cache.replace(CRM, NUMBER, [person("7")], utc_now())
    async with database.writing() as session:
        [row] = (await session.scalars(select(Customer))).all()
        wrong = Rectification(
            rectification="r", tenant="acme", customer=row.ref, phone_tag=row.phone_tag, reason="", actor=""
        )
        wrong.at = utc_now()
        session.add(wrong)
    await cache.replace(CRM, NUMBER, [person("7")], utc_now())
    assert (await check(database, keys)).reason == "unknown"
