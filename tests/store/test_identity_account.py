"""An account number, and a number that is typed: compared and counted like a date of birth."""

from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from tests.store.test_identity import NOW, question

ANN, BOB, GUARDED, FROM = "+441632960100", "+441632960101", "+441632960102", "+447700900999"
ACCOUNT, WRONG = Secret("004711"), Secret("004712")
CSV = f"""name,entity_type,phone,date_of_birth,account_number,extra_security
Ann,individual,{ANN},1980-02-03,0047 11,
Bob,individual,{BOB},1980-02-03,,
Ida,individual,{GUARDED},1980-02-03,004711,yes
"""


@pytest.fixture
async def store(database: Database, keys: StoreKeys, tmp_path: Path) -> IdentityStore:
    path = tmp_path / "c.csv"
    path.write_text(CSV)
    assert (await CustomerStore(database, keys).import_csv("acme", "GB", path)).problems == ()
    return IdentityStore(database, keys)


async def asks(
    store: IdentityStore,
    number: str,
    account: Secret[str],
    *,
    born: str | None = None,
    typed: str | None = None,
) -> str:
    asked = replace(
        question(number, born),
        account_number=account,
        typed_number=Secret(typed) if typed is not None else None,
    )
    return (await store.check(asked, NOW)).reason


@pytest.mark.parametrize(
    ("number", "account", "born", "reason"),
    [
        (ANN, ACCOUNT, None, "matched"),
        (ANN, WRONG, None, "wrong"),
        (ANN, Secret("4711"), None, "wrong"),
        (ANN, ACCOUNT, "19800203", "matched"),
        (ANN, ACCOUNT, "19800204", "wrong"),
        (ANN, WRONG, "19800203", "wrong"),
        (BOB, ACCOUNT, None, "wrong"),
        (GUARDED, ACCOUNT, None, "wrong"),
        (FROM, ACCOUNT, None, "unknown"),
    ],
)
async def test_all_that_is_typed_has_to_fit(
    store: IdentityStore, number: str, account: Secret[str], born: str | None, reason: str
) -> None:
    assert await asks(store, number, account, born=born) == reason


@pytest.mark.requirement("V-02")
async def test_it_is_locked_together_with_the_date_of_birth(store: IdentityStore) -> None:
    for _ in range(5):
        assert await asks(store, ANN, WRONG) == "wrong"
    assert await asks(store, ANN, ACCOUNT) == "locked"
    assert (await store.check(question(ANN, "19800203"), NOW)).reason == "locked"


@pytest.mark.requirement("V-02")
async def test_a_typed_number_is_compared_and_his_own_is_counted(store: IdentityStore) -> None:
    assert await asks(store, FROM, ACCOUNT, typed=ANN) == "matched"
    for number in (ANN, BOB, ANN, BOB, ANN):
        assert await asks(store, FROM, WRONG, typed=number) == "wrong"
    assert await asks(store, FROM, ACCOUNT, typed=ANN) == "locked"  # the number that he calls from
    assert await asks(store, "+447700900998", ACCOUNT, typed=ANN) == "matched"


@pytest.mark.requirement("V-03")
async def test_one_account_number_for_many_is_a_wave(store: IdentityStore) -> None:
    numbers = [f"+44163296020{n}" for n in range(6)]
    said = [await asks(store, f"+44770090020{n}", ACCOUNT, typed=one) for n, one in enumerate(numbers)]
    assert said == [*["unknown"] * 5, "guess_wave"]


@pytest.mark.requirement("V-12")
async def test_what_is_on_the_record(store: IdentityStore, database: Database) -> None:
    await asks(store, FROM, ACCOUNT, typed=ANN)
    [(_, fact)] = await AuditStore(database).list(limit=1)
    assert fact.details == {
        "outcome": "verified",
        "reason": "matched",
        "level": "V2",
        "methods": "typed_number account_number",
        "field": "account_number",
    }
