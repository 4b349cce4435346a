"""Parts that do not answer, real ones: DNS and a tenant's server of customers; both come back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from pbx.call.effects import FetchCustomers
from pbx.core.address import Address
from pbx.core.dependency import Dependency
from pbx.core.ids import CallId
from pbx.runner.lookups import Lookup, Lookups
from pbx.runner.outages import FAILURES, Outages
from pbx.sip.io import resolver as module
from pbx.sip.io.resolver import Resolver
from pbx.sip.locate.effects import AskDns
from pbx.sip.locate.events import DnsAnswered
from pbx.store.customer_cache import CustomerCache
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.sources.http import HttpSource
from tests.integration.dns_server import DnsServer
from tests.store.conftest import database as database
from tests.store.conftest import keys as keys
from tests.store.conftest import url as url
from tests.store.sources.test_http import OK, server

NUMBER = "+441632960123"
REFUSED = "HTTP/1.1 503 Service Unavailable\r\n\r\n"


class Names:
    """A resolver in front of a DNS server, and what is learnt from its answers."""

    def __init__(self, server: DnsServer, port: int) -> None:
        self.server, self.outages = server, Outages()
        self._answers: asyncio.Queue[DnsAnswered] = asyncio.Queue()
        self.resolver = Resolver(self._answers.put_nowait, (Address("127.0.0.1", port),))

    async def ask(self) -> None:
        self.resolver.ask(AskDns(name="c.example", type="A"))
        self.outages.take(await asyncio.wait_for(self._answers.get(), 10))


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Names]:
    monkeypatch.setattr(module, "LIFETIME_S", 0.1)
    server = DnsServer(zone={("c.example", "A"): ["192.0.2.1"]})
    found = Names(server, await server.start())
    yield found
    await found.resolver.close()
    server.close()


@pytest.mark.requirement("F-34")
async def test_dns_that_says_nothing_is_away_until_it_answers(names: Names) -> None:
    await names.ask()
    names.server.silent = True
    for _ in range(FAILURES):
        assert names.outages.alarms[Dependency.DNS] == ""
        await names.ask()
    assert names.outages.alarms[Dependency.DNS] == "no server answers"
    names.server.silent = False
    await names.ask()
    assert names.outages.alarms[Dependency.DNS] == ""
    assert names.outages.without[Dependency.DNS] == FAILURES


class Callers:
    """Callers of one tenant, whose server is at `url`."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self.outages, self.n_calls = Outages(), 0
        self.lookups = Lookups(cache=CustomerCache(database, keys), answered=self.outages.customers)

    async def call(self, url: str) -> str:
        """Return what the outage makes of the check, "" = compare."""
        source = HttpSource("crm", "GB", url, headers={}, is_allowed=lambda _: True)
        lookup = Lookup(sources=(source,), box_s=0.2, keep=timedelta(hours=1), on_outage="agent")
        await self.lookups.swap({"acme": lookup})
        self.n_calls += 1
        effect = FetchCustomers(call=CallId(f"call-{self.n_calls}"), tenant="acme", number=NUMBER)
        self.lookups.expect(effect)
        await self.lookups.fetch(effect)
        return await self.lookups.settled(effect.call)


@pytest.mark.requirement("F-40")
async def test_a_server_of_customers_is_away_until_it_answers(database: Database, keys: StoreKeys) -> None:
    callers = Callers(database, keys)
    async with server(REFUSED) as (refusing, _):
        assert [await callers.call(refusing) for _ in range(FAILURES - 1)] == ["agent"] * (FAILURES - 1)
    assert callers.outages.alarms[Dependency.CUSTOMERS] == ""
    assert await callers.call(refusing) == "agent"  # nobody listens there any more
    assert callers.outages.alarms[Dependency.CUSTOMERS] == "servers of acme do not answer"
    async with server(f"{OK}[]") as (answering, _):
        assert await callers.call(answering) == ""
    assert callers.outages.alarms[Dependency.CUSTOMERS] == ""
    assert callers.outages.without[Dependency.CUSTOMERS] == FAILURES
