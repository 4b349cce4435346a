"""`pbx fraud`: list, show, release."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pbx.config.load import load
from pbx.config.places import Places
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.tolls import TollStore
from tests.store.test_tolls import BURST, FRANCE, write

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def opened(places: Places) -> Database:
    return Database(places.database_url(load(places.base / "config").pbx))


@pytest.fixture
async def held(places: Places) -> None:
    """One account that is suspended, and waits for a country."""
    database = opened(places)
    await database.migrate()
    await write(database, [BURST, FRANCE], [])
    await database.close()


async def test_nobody_was_ever_stopped(pbx: Pbx) -> None:
    assert (await pbx("fraud", "list", "--json")).json == []


@pytest.mark.requirement("FRD-01")
async def test_one_release_with_its_reason(pbx: Pbx, places: Places, held: None) -> None:
    rows = (await pbx("fraud", "list", "--json")).json
    assert [(row["account"], row["what"]) for row in rows] == [("1001", "outbound"), ("1001", "FR")]
    assert (await pbx("fraud", "release", "1001", "--reason", "he was on holiday")).code == 0
    rows = (await pbx("fraud", "list", "--json")).json
    assert [row["what"] for row in rows] == ["FR"]
    shown = await pbx("fraud", "show", "1001")
    assert "spend_per_hour" in shown.out and "new_country" in shown.out
    database = opened(places)
    ((_, fact),) = await AuditStore(database).list(limit=1)
    assert (fact.kind, fact.details["reason"]) == ("fraud.released", "he was on holiday")
    assert len(await TollStore(database).holds()) == 1
    await database.close()


async def test_what_is_not_held_is_not_released(pbx: Pbx, held: None) -> None:
    answer = await pbx("fraud", "release", "1002")
    assert (answer.code, answer.out) == (1, "")
    assert "outbound of 1002 is not held" in answer.err
    assert (await pbx("fraud", "show", "1003")).code == 1
