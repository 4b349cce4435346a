"""`pbx phones` and the count in `pbx status`."""

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

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


@pytest.fixture
async def registered(places: Places) -> None:
    """One telephone that is registered, and one whose registration has expired."""
    now = utc_now()
    desk = replace(DESK, expires_at=now + timedelta(hours=1), user_agent="Desk \x1b[2J 1.0", rtt_ms=12)
    gone = replace(DESK, expires_at=now - timedelta(seconds=1))
    database = Database(places.database_url(load(places.base / "config").pbx))
    await database.migrate()
    await BindingStore(database).write([replace(BOB, bindings=(desk, gone))])
    await database.close()


async def test_nobody_has_ever_registered(pbx: Pbx) -> None:
    assert (await pbx("phones", "--json")).json == []


async def test_the_registered_are_listed(pbx: Pbx, registered: None) -> None:
    (row,) = (await pbx("phones", "--json")).json
    assert (row["aor"], row["contact"]) == ("bob@acme.example", "sip:bob@192.168.1.2")
    assert (row["source"], row["transport"]) == ("203.0.113.5:40000", "tls")
    assert (row["reachable"], row["rtt_ms"], row["q"]) == ("no", 12, 0.5)
    assert 3590 < row["expires_s"] <= 3600
    shown = await pbx("phones")
    assert "bob@acme.example" in shown.out and "\x1b" not in shown.out
    assert (await pbx("status", "--json")).json["registered"] == 1
