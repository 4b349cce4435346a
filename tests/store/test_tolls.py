"""Holds and charges in a real database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pbx.fraud.effects import Charge, Hold
from pbx.store.database import Database
from pbx.store.tolls import TollStore

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BURST = Hold(id="1", tenant="acme", account="1001", what="outbound", cause="spend_per_hour", since_at=AT)
FRANCE = replace(BURST, id="2", what="FR", cause="new_country", since_at=AT + timedelta(minutes=1))
CALL = Charge(tenant="acme", account="1001", at=AT, seconds=61.5, spend=Decimal("0.123"))


async def write(database: Database, holds: list[Hold], charges: list[Charge]) -> TollStore:
    store = TollStore(database)
    await database.write(lambda connection: store.save_all(connection, holds, charges))
    return store


@pytest.mark.requirement("FRD-01")
async def test_a_released_country_stays_known_and_a_released_account_is_no_news(database: Database) -> None:
    store = await write(database, [BURST, FRANCE], [])
    assert await store.holds() == [BURST, FRANCE]
    for hold in (BURST, FRANCE):
        await store.release(hold.id, AT + timedelta(hours=1))
    released = [replace(one, released_at=AT + timedelta(hours=1)) for one in (BURST, FRANCE)]
    assert await store.holds() == released[1:]
    assert await store.holds(every=True) == released
    assert await store.released(AT + timedelta(minutes=59)) == ("1", "2")
    assert await store.released(AT + timedelta(minutes=61)) == ()


@pytest.mark.requirement("FRD-01")
async def test_money_of_a_day_but_not_what_was_pardoned(database: Database) -> None:
    old = replace(CALL, at=AT - timedelta(hours=25))
    store = await write(database, [BURST], [old])
    await write(database, [], [CALL, replace(CALL, account="1002")])
    assert await store.charges(AT + timedelta(hours=1)) == [CALL, replace(CALL, account="1002")]
    await store.release("1", AT + timedelta(minutes=5))
    later = replace(CALL, at=AT + timedelta(minutes=6))
    await write(database, [], [later])
    assert await store.charges(AT + timedelta(hours=1)) == [replace(CALL, account="1002"), later]
