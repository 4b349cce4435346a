"""What a database tells whoever has no keys: nothing but which rows have one number (V-09)."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pbx.call.effects import CheckCaller
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.store.calls import CallStore
from pbx.store.customer_cache import CustomerCache
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.rectifications import RectificationStore, Wish
from pbx.verify.people import parse_person
from tests.store.stolen_database import DATES, MAY_REPEAT, NUMBERS, attack
from tests.store.test_calls import AT, ENDED

pytestmark = pytest.mark.requirement("V-09")
YEAR = [day for day in DATES if day.year == 1980]
BORN = "1980-02-03"  # all of them: equal birthdays must not be seen
HEADER = "id,name,entity_type,phone,date_of_birth,account_number"


async def lived(database: Database, keys: StoreKeys, folder: Path) -> None:
    """Customers, calls, failed verifications, an answer of a server, a correction."""
    lines = [f"{n},Person {n},individual,{NUMBERS[n // 2]},{BORN},12345678" for n in range(12)]
    (folder / "c.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    customers = CustomerStore(database, keys)
    await customers.import_csv("acme", "GB", folder / "c.csv")
    given = dict(zip(HEADER.split(","), lines[0].split(","), strict=True))
    cache = CustomerCache(database, keys)
    await cache.replace(("acme", "crm"), NUMBERS[0], [parse_person(given, "GB")], AT)
    calls, identities = CallStore(database, keys), IdentityStore(database, keys)
    for n in range(4):
        legs = (replace(ENDED.legs[0], leg=LegId(f"a{n}"), number=NUMBERS[n % 3]),)
        record = replace(ENDED, call=CallId(f"c{n}"), caller_number=NUMBERS[n % 3], legs=legs)
        await calls.save(record)
        asked = CheckCaller(
            call=record.call,
            token=Token(n),
            tenant="acme",
            number=NUMBERS[n % 3],
            date_of_birth=Secret("19990909"),
            trunk="carrier",
        )
        await identities.check(asked, AT)
    [first, *_] = await customers.find("acme", NUMBERS[5])
    wish = Wish(tenant="acme", customer=first.ref, number=NUMBERS[5], reason="moved", actor="dpo")
    await RectificationStore(database, keys).rectify(wish, AT)


@pytest.mark.parametrize("dates", [YEAR, pytest.param(DATES, marks=pytest.mark.proof)], ids=["year", "all"])
async def test_whoever_has_the_file_learns_which_rows_have_one_number(
    database: Database, keys: StoreKeys, tmp_path: Path, dates: list[date]
) -> None:
    await lived(database, keys, tmp_path)
    await database.close()
    found = attack(tmp_path / "pbx.db", dates)
    assert (found.clear, found.guessed) == ([], [])
    assert found.repeated <= MAY_REPEAT
    assert "phone_tag" in found.repeated, "the attack sees what there is to see"


async def test_the_attack_finds_a_database_without_keys(tmp_path: Path, database: Database) -> None:
    keys = StoreKeys(phone=Secret(b""), verify=Secret(b""), fields=Secret(b"\0" * 32), grant=Secret(b""))
    await lived(database, keys, tmp_path)
    await database.close()
    found = attack(tmp_path / "pbx.db", YEAR)
    assert "customers.phone_tag" in found.guessed and "calls.caller_tag" in found.guessed
