"""`pbx verification`: locks, forgive, codes, breaker, reopen; and the alarms that stand meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pbx.config.places import Places
from pbx.core.io.clock import utc_now
from pbx.store.audit import AuditStore
from pbx.store.codes import CodeStore, Made
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.throttle_tables import VerifyTry
from pbx.verify import facts
from tests.cli.conftest import Pbx
from tests.store.test_codes import ASKED, BOTH
from tests.store.test_identity import question

ADA = "+447700900123"


@pytest.fixture
def desk(places: Places, database: Database) -> IdentityStore:
    return IdentityStore(database, StoreKeys.load_or_create(places.store_keys))


async def wrong(desk: IdentityStore, number: str, times: int) -> None:
    for _ in range(times):
        await desk.check(question(number, "19991231"), utc_now())


async def attacked(desk: IdentityStore, database: Database) -> datetime:
    """The breaker has opened; when it did."""
    now = utc_now()
    async with database.writing() as session:
        session.add_all([VerifyTry(tenant="acme", at=now, failed=True) for _ in range(49)])
    await desk.check(question("+441632960999", "19991231"), now)
    return now


async def alarms(pbx: Pbx) -> list[dict[str, str]]:
    """Those of verification; nobody signs the log here, and an old entry of it is one as well."""
    standing = (await pbx("status", "--alarms", "--json")).json
    return [one for one in standing if one["alarm"].startswith("verification")]


async def test_without_a_database_nobody_is_locked(pbx: Pbx) -> None:
    for words in ("locks", "breaker", "codes"):
        assert (await pbx("verification", words, "--json")).json == []


@pytest.mark.requirement("V-02")
async def test_a_customer_is_locked_and_forgiven(
    pbx: Pbx, places: Places, desk: IdentityStore, database: Database
) -> None:
    await pbx("customers", "import", str(places.base / "config" / "acme" / "customers.csv"))
    await wrong(desk, ADA, 6)
    [cli, record] = (await pbx("verification", "locks", "--json")).json
    assert (cli["subject"], cli["who"], record["subject"], record["failures"]) == ("cli", "", "record", 5)
    said = await pbx("verification", "forgive", record["who"], "--reason", "he called back")
    assert said.code == 0
    assert [one["subject"] for one in (await pbx("verification", "locks", "--json")).json] == ["cli"]
    _, fact = (await AuditStore(database).list(limit=1))[0]
    assert (fact.kind, fact.details["reason"]) == ("verification.forgiven", "he called back")
    again = await pbx("verification", "forgive", record["who"], "--reason", "once more")
    assert (again.code, again.out) == (1, "")
    assert "has no failures" in again.err


@pytest.mark.requirement("V-11")
async def test_codes_are_listed_without_the_code(pbx: Pbx, places: Places, database: Database) -> None:
    assert (await pbx("verification", "codes", "--json")).json == []
    await pbx("customers", "import", str(places.base / "config" / "acme" / "customers.csv"))
    store = CodeStore(database, StoreKeys.load_or_create(places.store_keys))
    week = utc_now() + timedelta(days=8)  # the sample does not say since when its numbers are on file
    made = await store.make(replace(ASKED, number=ADA), BOTH, week)
    assert isinstance(made, Made)
    await store.sent(ASKED, made, week)
    said = await pbx("verification", "codes", "--json")
    [row] = said.json
    assert (row["call"], row["purpose"], row["way"], row["outcome"]) == ("call", ASKED.purpose, "sms", "open")
    assert made.code.reveal() not in said.out and ADA not in said.out
    assert (await pbx("verification", "codes", "--tenant", "globex")).code != 0


async def test_a_reason_is_needed(pbx: Pbx) -> None:
    for words in (("forgive", "c-1"), ("reopen",)):
        said = await pbx("verification", *words)
        assert said.code != 0
        assert "--reason" in said.err


@pytest.mark.requirement("V-03")
async def test_the_breaker_stands_until_somebody_reopens(
    pbx: Pbx, desk: IdentityStore, database: Database
) -> None:
    assert [one["date_of_birth"] for one in (await pbx("verification", "breaker", "--json")).json] == ["on"]
    refused = await pbx("verification", "reopen", "--reason", "why not")
    assert (refused.code, "nothing to reopen" in refused.err) == (1, True)
    opened_at = await attacked(desk, database)
    [row] = (await pbx("verification", "breaker", "--json")).json
    assert (row["date_of_birth"], row["failures"], row["usual"]) == ("off", 50, "0 of 0")
    assert datetime.fromisoformat(row["closes_at"]) == opened_at + timedelta(hours=1)
    [alarm] = await alarms(pbx)
    assert alarm["alarm"] == "verification_breaker"
    assert "acme" in alarm["text"]
    assert (await pbx("verification", "reopen", "--reason", "our own campaign")).code == 0
    assert await alarms(pbx) == []
    [row] = (await pbx("verification", "breaker", "--json")).json
    assert (row["date_of_birth"], row["reason"], row["failures"]) == ("on", "our own campaign", 0)


@pytest.mark.requirement("V-02")
async def test_a_wave_of_guesses_is_an_alarm_for_an_hour(pbx: Pbx, database: Database) -> None:
    wave = facts.guess_wave(("acme", question(None, None).call), "trunk/carrier", 6)
    now = utc_now()
    await AuditStore(database).append(wave, now - timedelta(hours=1))
    assert await alarms(pbx) == []
    await AuditStore(database).append(wave, now)
    [alarm] = await alarms(pbx)
    assert alarm["alarm"] == "verification_guesses"
    assert "trunk/carrier" in alarm["text"]
