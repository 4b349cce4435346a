"""What a try leaves behind: counters, waves of guesses and facts of record."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from pbx.store.audit import AuditStore
from pbx.store.customers import CustomerStore
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.throttle_tables import VerifyGuess
from tests.store.test_identity import ANN, COMPANY, CSV, NOBODY, NOW, RIGHT, SHARED, TWINS, WRONG, Desk


@pytest.fixture
async def desk(database: Database, keys: StoreKeys, tmp_path: Path) -> Desk:
    path = tmp_path / "c.csv"
    path.write_text(CSV)
    await CustomerStore(database, keys).import_csv("acme", "GB", path)
    return Desk(IdentityStore(database, keys))


async def facts(database: Database, kind: str) -> list[dict[str, object]]:
    """The details of the facts of one kind, the oldest first."""
    found = await AuditStore(database).list(limit=1000)
    return [dict(fact.details) for _, fact in reversed(found) if fact.kind == f"verification.{kind}"]


@pytest.mark.requirement("V-12")
async def test_each_try_is_a_fact_with_its_reason(desk: Desk, database: Database) -> None:
    for number, born in ((ANN, RIGHT[ANN]), (ANN, WRONG), (NOBODY, WRONG), (COMPANY, WRONG)):
        await desk.check(number, born)
    await desk.check(TWINS, RIGHT[TWINS])
    tried = await facts(database, "attempt")
    assert [one["reason"] for one in tried] == ["matched", "wrong", "unknown", "company", "ambiguous"]
    assert [one["outcome"] for one in tried] == ["verified"] + ["unverified"] * 4
    assert [one["level"] for one in tried] == ["V2"] + ["V0"] * 4
    assert {one["field"] for one in tried} == {"date_of_birth"}


@pytest.mark.requirement("V-12")
async def test_a_lock_is_told_when_it_begins_and_not_again(desk: Desk, database: Database) -> None:
    await desk.fails(ANN, 7)
    locked = await facts(database, "locked")
    assert [one["subject"] for one in locked] == ["cli", "record"]
    assert [bool(one.get("customer")) for one in locked] == [False, True], "who is to be told of it"
    assert {one["until"] for one in locked} == {(NOW + timedelta(days=1)).isoformat()}
    tried = await facts(database, "attempt")
    assert [one.get("locked") for one in tried] == [None] * 5 + ["cli record"] * 2
    desk.now += timedelta(days=1)
    await desk.fails(ANN, 5)
    assert len(await facts(database, "locked")) == 4


@pytest.mark.requirement("V-02")
async def test_one_date_for_more_than_five_numbers_is_silent_there(desk: Desk, database: Database) -> None:
    numbers = [f"+44163296020{n}" for n in range(5)]
    born = RIGHT[ANN]
    for number in (*numbers, numbers[0]):
        assert (await desk.check(number, born)).reason == "unknown"
    desk.now += timedelta(minutes=10)
    assert (await desk.check(ANN, born)).reason == "guess_wave", "the sixth number, though it is right"
    assert (await desk.check(numbers[0], born)).reason == "guess_wave"
    assert (await desk.check(ANN, born, "other")).matched, "another trunk"
    assert (await desk.check(ANN, WRONG)).reason == "wrong", "another date"
    assert await facts(database, "guess_wave") == [{"trunk": "carrier", "numbers": 6}]


@pytest.mark.requirement("V-02")
async def test_a_wave_slides_to_the_microsecond_and_over_the_full_hour(desk: Desk) -> None:
    born, tick = RIGHT[ANN], timedelta(microseconds=1)
    start = NOW.replace(minute=59)
    for n in range(5):
        desk.now = start + timedelta(minutes=n)
        assert (await desk.check(f"+44163296020{n}", born)).reason == "unknown"
    desk.now = start + timedelta(hours=1) - tick
    assert (await desk.check(ANN, born)).reason == "guess_wave"
    desk.now = start + timedelta(hours=1)  # the first number is an hour old, to the microsecond
    assert (await desk.check(ANN, born)).matched


@pytest.mark.requirement("V-02")
async def test_one_house_with_many_people_is_one_number(desk: Desk, database: Database) -> None:
    for _ in range(3):
        await desk.check(SHARED, WRONG)
    assert await facts(database, "guess_wave") == []


@pytest.mark.requirement("V-09")
async def test_of_a_wave_no_more_is_kept_than_it_takes_to_know(desk: Desk, database: Database) -> None:
    for n in range(9):
        await desk.check(f"+44163296020{n}", WRONG)
    async with database.reading() as session:
        rows = (await session.scalars(select(VerifyGuess))).all()
    assert len(rows) == 6
    await desk.fails(NOBODY, 2)
    desk.now += timedelta(hours=1)
    await desk.check(ANN, RIGHT[ANN])
    async with database.reading() as session:
        rows = (await session.scalars(select(VerifyGuess))).all()
    assert len(rows) == 1, "an hour later nobody can tell what was tried"


@pytest.mark.requirement("V-02")
async def test_a_silent_try_costs_nobody_a_failure(desk: Desk) -> None:
    for n in range(5):
        await desk.check(f"+44163296020{n}", WRONG)
    assert await desk.fails(ANN, 6) == ["guess_wave"] * 6
    assert (await desk.check(ANN, RIGHT[ANN])).matched


@pytest.mark.requirement("V-01")
async def test_whatever_is_found_the_database_does_the_same(desk: Desk, database: Database) -> None:
    """As many statements and the same ones, but that a failure is added or taken away."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(re.sub(r"NOT IN .*|\([?, ]*\)", "", statement))  # how many values does not matter

    event.listen(Engine, "before_cursor_execute", note)
    try:
        heard: dict[str, list[str]] = {}
        await desk.fails(SHARED, 5)
        for n in range(5):
            await desk.check(f"+44163296020{n}", "19550505")
        for number, born in (
            (ANN, RIGHT[ANN]),
            (ANN, WRONG),
            (NOBODY, WRONG),
            (COMPANY, WRONG),
            (TWINS, RIGHT[TWINS]),
            (None, WRONG),
            (SHARED, RIGHT[SHARED]),
            (NOBODY, "19550505"),
        ):
            said.clear()
            reason = (await desk.check(number, born)).reason
            heard[reason] = [one for one in said if "verify_attempts" not in one or "SELECT" in one]
            assert len(said) - len(heard[reason]) == 3, "old ones are deleted twice, then one is written"
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert set(heard) == {"matched", "wrong", "unknown", "company", "ambiguous", "locked", "guess_wave"}
    assert {one: found for one, found in heard.items() if found != heard["matched"]} == {}


@pytest.mark.requirement("V-02")
async def test_whoever_hangs_up_during_a_check_has_had_his_try(desk: Desk, database: Database) -> None:
    loop = asyncio.get_running_loop()
    check = asyncio.ensure_future(desk.check(ANN, WRONG))

    def hang_up(*_: object) -> None:
        loop.call_soon_threadsafe(check.cancel)

    event.listen(Engine, "before_cursor_execute", hang_up, once=True)
    await asyncio.wait([check])
    assert await desk.fails(ANN, 5) == ["wrong"] * 4 + ["locked"]
    assert len(await facts(database, "attempt")) == 6
