"""What agents have said outlives a restart: the last of it (ACD-04)."""

from datetime import UTC, datetime

import pytest

from pbx.call.effects import KeepAgent
from pbx.store.agents import AgentStore
from pbx.store.database import Database
from pbx.store.facts import FactStore
from pbx.store.keys import StoreKeys

AT = datetime(2026, 11, 30, tzinfo=UTC)


def said(extension: str, *, is_in: bool, pause: str | None = None, tenant: str = "acme") -> KeepAgent:
    return KeepAgent(tenant=tenant, extension=extension, is_in=is_in, pause=pause)


@pytest.mark.requirement("ACD-04")
async def test_the_last_that_each_has_said_is_kept(database: Database, keys: StoreKeys) -> None:
    facts, store = FactStore(database, keys), AgentStore(database)
    assert await store.all() == {}
    await facts.write([(said("1001", is_in=True), AT), (said("1002", is_in=True, pause=""), AT)])
    await facts.write(
        [
            (said("1001", is_in=True, pause="lunch"), AT),
            (said("1001", is_in=False), AT),
            (said("1001", is_in=True, tenant="umbrella"), AT),
        ]
    )
    assert await store.all() == {
        ("acme", "1001"): (False, None),
        ("acme", "1002"): (True, ""),
        ("umbrella", "1001"): (True, None),
    }
