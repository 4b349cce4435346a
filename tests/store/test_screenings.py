"""Screenings and agreements: the newest result counts, whoever follows is told of it."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.core.audit import AuditFact
from pbx.store import screenings
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.screenings import Result, ScreeningStore
from pbx.store.suppressions import BEGINNING, SuppressionStore

pytestmark = pytest.mark.requirement("C-14")
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NUMBER = "+442079460000"
DAY = timedelta(days=1)


async def test_the_newest_result_of_each_register_counts(database: Database, keys: StoreKeys) -> None:
    store, known = ScreeningStore(database, keys), SuppressionStore(database, keys)
    tag = known.tag("group", NUMBER)
    await store.screened("group", "tps", [Result(number=NUMBER, registered=False)], AT)
    await store.screened("group", "ctps", [Result(number=NUMBER, registered=False)], AT)
    _, before = await known.changes(BEGINNING)
    await store.screened("group", "tps", [Result(number=NUMBER, registered=True)], AT + DAY)
    await store.screened("group", "tps", [Result(number=NUMBER, registered=False)], AT - DAY)
    standing = await known.standing(tag)
    assert {(one.name, one.registered, one.screened_at) for one in standing.screenings} == {
        ("tps", True, AT + DAY),
        ("ctps", False, AT),
    }
    changes, _ = await known.changes(before)
    assert [(one.tag, one.registered) for one in changes.screenings] == [(tag, True)]
    assert (await known.standing(known.tag("other", NUMBER))).screenings == ()


async def test_many_numbers_are_several_transactions(
    database: Database, keys: StoreKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screenings, "BATCH", 2)
    numbers = [f"+4420794600{n:02d}" for n in range(5)]
    results = [Result(number=number, registered=False) for number in numbers]
    await ScreeningStore(database, keys).screened("group", "tps", results, AT)
    changes, _ = await SuppressionStore(database, keys).changes(BEGINNING)
    assert len(changes.screenings) == 5


async def test_an_agreement_has_its_proof_and_its_fact(database: Database, keys: StoreKeys) -> None:
    known = SuppressionStore(database, keys)
    fact = AuditFact(kind="marketing.agreed", tenant="acme")
    by = ("form 17 of 1 June", "operator/anna")
    await ScreeningStore(database, keys).agreed(("group", NUMBER), by, (AT, AT + DAY), fact)
    standing = await known.standing(known.tag("group", NUMBER))
    assert (standing.has_agreed(AT), standing.has_agreed(AT + DAY)) == (True, False)
    assert [fact.kind for _, fact in await AuditStore(database).list()] == ["marketing.agreed"]
    changes, _ = await known.changes(BEGINNING)
    assert changes.agreements == standing.agreements
