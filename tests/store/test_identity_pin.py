"""A PIN: whoever has one is verified by what he knows only with it, and nobody hears who has one."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.codes import CodeStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Identifier
from tests.store.test_call_backs import ASKED
from tests.store.test_identity import NOW, question

ANN, BOB, IDA, EVE, TWINS = (f"+44163296010{n}" for n in range(5))
BORN, PIN, WRONG, NO = "19800203", "2580", "2581", ""
HEADER = "name,entity_type,phone,date_of_birth,account_number,pin,extra_security"
CSV = f"""{HEADER}
Ann,individual,{ANN},1980-02-03,4711,{PIN},
Bob,individual,{BOB},1980-02-03,4711,,
Ida,individual,{IDA},1980-02-03,4711,{PIN},yes
Eve,individual,{EVE},1980-02-03,4711,,yes
Tim,individual,{TWINS},1980-02-03,,{PIN},
Tom,individual,{TWINS},1980-02-03,,1357,
"""


async def imported(database: Database, keys: StoreKeys, path: Path, text: str = CSV) -> None:
    path.write_text(text)
    assert (await CustomerStore(database, keys).import_csv("acme", "GB", path)).problems == ()


@pytest.fixture
async def store(database: Database, keys: StoreKeys, tmp_path: Path) -> IdentityStore:
    await imported(database, keys, tmp_path / "c.csv")
    return IdentityStore(database, keys)


async def asks(store: IdentityStore, number: str, pin: str | None, born: str | None = BORN) -> str:
    asked = replace(question(number, born), pin=None if pin is None else Secret(pin))
    return (await store.check(asked, NOW)).reason


@pytest.mark.parametrize(
    ("number", "pin", "reason"),
    [
        (ANN, PIN, "matched"),
        (ANN, WRONG, "wrong"),
        (ANN, NO, "wrong"),
        (ANN, None, "wrong"),  # a step that asks for none, or an agent
        (BOB, None, "matched"),
        (BOB, NO, "matched"),
        (BOB, WRONG, "matched"),  # he has none: what is typed for it does not matter
        (IDA, PIN, "matched"),
        (IDA, None, "wrong"),
        (EVE, NO, "wrong"),
        (EVE, PIN, "wrong"),
        (TWINS, PIN, "matched"),  # it tells them apart (V-14)
        (TWINS, NO, "wrong"),
    ],
)
async def test_who_is_verified(store: IdentityStore, number: str, pin: str | None, reason: str) -> None:
    assert await asks(store, number, pin) == reason


@pytest.mark.parametrize(("pin", "reason"), [(PIN, "matched"), (WRONG, "wrong"), (None, "wrong")])
async def test_beside_an_account_number(store: IdentityStore, pin: str | None, reason: str) -> None:
    asked = replace(question(ANN, None), account_number=Secret("4711"))
    asked = replace(asked, pin=None if pin is None else Secret(pin))
    assert (await store.check(asked, NOW)).reason == reason


async def test_his_number_alone_is_not_enough_either(store: IdentityStore) -> None:
    assert await asks(store, BOB, None, born=None) == "matched"
    assert await asks(store, ANN, None, born=None) == "wrong"


async def test_the_right_pin_with_a_wrong_date(store: IdentityStore) -> None:
    assert await asks(store, ANN, PIN, born="19800204") == "wrong"


@pytest.mark.requirement("V-02")
async def test_it_is_locked_together_with_the_date_of_birth(store: IdentityStore) -> None:
    for _ in range(5):
        assert await asks(store, ANN, WRONG) == "wrong"
    assert await asks(store, ANN, PIN) == "locked"


async def test_an_import_changes_and_takes_it(
    store: IdentityStore, database: Database, keys: StoreKeys, tmp_path: Path
) -> None:
    await imported(database, keys, tmp_path / "c.csv", CSV.replace(f"4711,{PIN},\n", "4711,9753,\n"))
    assert [await asks(store, ANN, pin) for pin in (PIN, "9753")] == ["wrong", "matched"]
    await imported(database, keys, tmp_path / "c.csv", CSV.replace(f"4711,{PIN},\n", "4711,,\n"))
    assert await asks(store, ANN, NO) == "matched"


@pytest.mark.requirement("V-12")
async def test_what_is_on_the_record(store: IdentityStore, database: Database) -> None:
    for number in (ANN, BOB):
        await asks(store, number, PIN)
    told = [fact.details["methods"] for _, fact in await AuditStore(database).list(limit=2)]
    assert sorted(map(str, told)) == ["phone_number date_of_birth", "phone_number date_of_birth pin"]


@pytest.mark.requirement("V-09")
async def test_one_pin_of_two_has_two_tags(store: IdentityStore, database: Database) -> None:
    async with database.reading() as session:
        tags = (await session.scalars(select(Identifier.tag).where(Identifier.kind == "pin"))).all()
    assert len(set(tags)) == len(tags) == 4


@pytest.mark.parametrize(("pin", "asks_date"), [("", True), (PIN, False)])
async def test_who_is_called_back_is_not_asked_for_a_date_that_is_not_enough(
    database: Database, keys: StoreKeys, tmp_path: Path, *, pin: str, asks_date: bool
) -> None:
    header = "name,entity_type,phone,date_of_birth,phone_since,pin"
    row = f"Ann,individual,{ANN},1980-02-03,2020-01-01,{pin}"
    await imported(database, keys, tmp_path / "c.csv", f"{header}\n{row}\n")
    planned = await CodeStore(database, keys).plan(replace(ASKED, number=ANN), NOW)
    assert planned.call_back and planned.asks_date is asks_date
