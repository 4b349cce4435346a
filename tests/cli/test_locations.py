"""`pbx locations`: every telephone with its place, those that are registered by the network they are in."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.io.clock import utc_now
from pbx.store.bindings import BindingStore
from pbx.store.database import Database
from tests.store.test_bindings import BOB, DESK

pytestmark = pytest.mark.requirement("CF-42", "N-12")
Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest
ANNEX = (
    "  annex: {name: Annex, street: Low Road, city: Salford, trunk: carrier, networks: [203.0.113.0/24]}\n"
    "default_location"
)


async def test_where_each_telephone_is(pbx: Pbx) -> None:
    rows = (await pbx("locations", "--json")).json
    assert [(row["extension"], row["location"], row["trunk"]) for row in rows] == [
        (number, "head-office", "carrier") for number in ("1001", "1002", "1003")
    ]
    assert rows[0]["where"].startswith("floor 2, Acme, head office, 12 High Street")
    assert (rows[0]["call_back"], rows[0]["contact"]) == ("+441632960100", "Reception, 1001")
    assert "head-office" in (await pbx("locations")).out


async def test_a_registered_telephone_is_where_its_network_is(pbx: Pbx, places: Places) -> None:
    file = places.base / "config" / "acme" / "emergency.yaml"
    file.write_text(file.read_text().replace("default_location", ANNEX, 1))
    binding = replace(DESK, expires_at=utc_now() + timedelta(hours=1))
    database = Database(places.database_url(load(places.base / "config").pbx))
    await database.migrate()
    await BindingStore(database).write([replace(BOB, user="1002", bindings=(binding,))])
    await database.close()
    rows = {row["extension"]: row for row in (await pbx("locations", "--json")).json}
    assert (rows["1002"]["source"], rows["1002"]["location"]) == ("203.0.113.5", "annex")
    assert rows["1001"]["location"] == "head-office"
