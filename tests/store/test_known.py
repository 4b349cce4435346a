"""What customers have said of themselves, read all at once."""

from pathlib import Path

import pytest

from pbx.consent.known import Known
from pbx.store import known
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.known import KnownStore
from tests.store.test_snapshots import HEADER, Town

WIDE = f"{HEADER},language,place,vulnerable,minor"
ANN = "Ann Example,individual,01632 960123,1980-02-03,de-DE,FR,no,"
BOB = "Bob Example,individual,01632 960123,1992-02-29,de-DE,US-CA,,yes"
EVE = "Eve Example,individual,07700 900123,1992-02-29,,,,"
ONE, OTHER = "+441632960123", "+447700900123"


@pytest.mark.requirement("C-05")
async def test_those_of_one_number_are_one(
    database: Database, keys: StoreKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "PAGE", 1)
    town, store = Town(database, keys, tmp_path), KnownStore(database, keys)
    assert (await store.version(), await store.known()) == (0, {})
    await town.holds(ANN, BOB, EVE, header=WIDE)
    version, tag = await store.version(), store.tag("acme", ONE)
    both = Known(language="de-DE", places=("FR", "US-CA"), is_vulnerable=True)
    assert (version > 0, await store.known()) == (True, {tag: both})
    await town.holds(ANN, BOB.replace("de-DE", "en-GB"), EVE, header=WIDE)
    assert (await store.known())[tag].language == "", "they do not agree"
    assert await store.version() > version
    version = await store.version()
    await town.holds(ANN, EVE, header=WIDE, accept=True)
    assert await store.known() == {tag: Known(language="de-DE", places=("FR",))}
    assert await store.version() > version, "whoever is gone says nothing any more"
    assert store.tag("acme", OTHER) not in await store.known()
