"""The breaker over a tenant's tries: opens, keeps silent, closes; through the checks of callers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.store.breakers import BreakerStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.throttle_tables import VerifyRate, VerifyTry
from pbx.verify.breaker import Rate, slot_of
from tests.store.test_identity import ANN, CSV, NOW, RIGHT, SHARED, Desk, question
from tests.store.test_throttles import facts

TICK, MINUTE, HOUR = timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def desk(database: Database, keys: StoreKeys, tmp_path: Path) -> Desk:
    path = tmp_path / "c.csv"
    path.write_text(CSV)
    await CustomerStore(database, keys).import_csv("acme", "GB", path)
    return Desk(IdentityStore(database, keys))


@pytest.fixture
def breakers(database: Database) -> BreakerStore:
    return BreakerStore(database)


async def earlier(database: Database, at: datetime, tries: int, failures: int) -> None:
    """So many tries that were made at one time."""
    await usual(database, at, tries, failures)
    async with database.writing() as session:
        session.add_all([VerifyTry(tenant="acme", at=at, failed=n < failures) for n in range(tries)])


async def usual(database: Database, at: datetime, tries: int, failures: int) -> None:
    """As much of them as is kept for days."""
    async with database.writing() as session:
        slot = VerifyRate(tenant="acme", slot_at=slot_of(at), attempts=tries, failures=failures)
        await session.merge(slot)


async def guesses(desk: Desk, first: int, n: int) -> list[str]:
    """Each from a number and with a date of its own: no other limit is reached."""
    found: list[str] = []
    for one in range(first, first + n):
        born = (datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=one)).strftime("%Y%m%d")
        found.append((await desk.check(f"+4416339{one:05}", born)).reason)
    return found


@pytest.mark.requirement("V-02")
@pytest.mark.requirement("V-12")
async def test_fifty_failures_in_ten_minutes_switch_the_date_of_birth_off(
    desk: Desk, database: Database
) -> None:
    assert await guesses(desk, 0, 49) == ["unknown"] * 49
    assert (await desk.check(ANN, RIGHT[ANN])).matched, "49 are not enough"
    last = await desk.check("+441632960999", "19660606")
    assert (last.reason, [fact.kind for fact in last.told]) == ("unknown", ["verification.breaker"])
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "breaker"
    assert (await desk.knows(ANN)).matched, "a number alone is no guess"
    other = question(ANN, RIGHT[ANN], tenant="other")
    assert (await desk.store.check(other, desk.now)).reason == "unknown", "of another tenant"
    [opened] = await facts(database, "breaker")
    assert opened == {"state": "open", "cause": "50 of 51 tries failed in 10 min, usual are 0%"}


@pytest.mark.requirement("V-02")
async def test_ten_minutes_slide_to_the_microsecond(desk: Desk, database: Database) -> None:
    await earlier(database, NOW, 1, 1)
    await earlier(database, NOW + 10 * MINUTE - TICK, 48, 48)
    desk.now = NOW + 10 * MINUTE  # the first one has left the window
    await guesses(desk, 0, 1)
    assert (await desk.check(ANN, RIGHT[ANN])).matched
    await guesses(desk, 1, 1)
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "breaker"


@pytest.mark.requirement("V-02")
async def test_what_was_usual_in_the_week_before_counts(
    desk: Desk, breakers: BreakerStore, database: Database
) -> None:
    for day in range(7):
        await usual(database, NOW + timedelta(days=day), 1000, 100)
    week = NOW + timedelta(days=7) + 10 * MINUTE
    for now, days in ((week, 7), (week + 10 * MINUTE - TICK, 7), (week + 10 * MINUTE, 6)):
        before = (await breakers.standing("acme", now))[2]
        assert before == Rate(tries=1000 * days, failures=100 * days)
    desk.now = week
    await earlier(database, desk.now, 99, 49)
    await guesses(desk, 0, 1)
    assert (await desk.check(ANN, RIGHT[ANN])).matched, "half of them: five times the usual, not more"
    await guesses(desk, 1, 2)
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "breaker"


@pytest.mark.requirement("V-02")
async def test_it_closes_after_a_quiet_hour(desk: Desk, database: Database) -> None:
    await earlier(database, NOW, 49, 49)
    await guesses(desk, 0, 1)
    desk.now += 5 * MINUTE
    assert await guesses(desk, 50, 3) == ["breaker"] * 3  # the attack goes on: hot at this time
    desk.now += HOUR - TICK
    assert (await desk.check(ANN, RIGHT[ANN])).reason == "breaker"
    desk.now += TICK
    assert (await desk.check(ANN, RIGHT[ANN])).matched
    assert [one["state"] for one in await facts(database, "breaker")] == ["open", "closed"]


@pytest.mark.requirement("V-03")
async def test_an_attack_does_not_become_what_is_usual(
    desk: Desk, breakers: BreakerStore, database: Database
) -> None:
    await earlier(database, NOW, 49, 49)
    await guesses(desk, 0, 9)
    newest, recent, before = await breakers.standing("acme", desk.now + 20 * MINUTE)
    assert newest is not None
    assert (recent, before) == (Rate(), Rate(tries=50, failures=50))
    assert (await breakers.standing("acme", desk.now))[1] == Rate(tries=58, failures=58)


@pytest.mark.requirement("V-02")
async def test_somebody_closes_it_and_counting_begins_anew(
    desk: Desk, breakers: BreakerStore, database: Database
) -> None:
    assert await breakers.reopen("acme", desk.now, ("jane", "a test")) is None, "nothing is off"
    await earlier(database, NOW, 49, 49)
    await guesses(desk, 0, 1)
    assert [one.tenant for one in await breakers.off(desk.now)] == ["acme"]
    assert await breakers.reopen("acme", desk.now, ("jane", "our own campaign")) is not None
    assert await breakers.off(desk.now) == []
    desk.now += TICK
    await guesses(desk, 50, 2)
    assert (await desk.check(ANN, RIGHT[ANN])).matched
    closed = (await facts(database, "breaker"))[-1]
    assert closed == {"state": "closed", "by": "jane", "reason": "our own campaign"}


@pytest.mark.requirement("V-02")
async def test_it_is_off_after_a_restart(desk: Desk, url: str, keys: StoreKeys, database: Database) -> None:
    await earlier(database, NOW, 49, 49)
    await guesses(desk, 0, 1)
    await database.close()
    again = Database(url)
    assert (await Desk(IdentityStore(again, keys)).check(ANN, RIGHT[ANN])).reason == "breaker"
    await again.close()


@pytest.mark.requirement("V-02")
async def test_one_locked_number_does_not_switch_it_off_for_all(desk: Desk, database: Database) -> None:
    await earlier(database, NOW, 44, 44)
    assert await desk.fails(ANN, 9) == ["wrong"] * 5 + ["locked"] * 4
    assert (await desk.check(SHARED, RIGHT[SHARED])).matched
