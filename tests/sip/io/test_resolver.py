"""Questions to a real DNS server on loopback: what each answer becomes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pbx.core.address import Address
from pbx.sip.io import resolver as module
from pbx.sip.io.resolver import MAX_PENDING, Resolver
from pbx.sip.locate.effects import AskDns, RecordType
from pbx.sip.locate.events import AddressRecord, DnsAnswered, Naptr, Srv
from tests.integration.dns_server import DnsServer

ZONE = {
    ("c.example", "A"): ["192.0.2.1", "192.0.2.2"],
    ("c.example", "AAAA"): ["2001:db8::1"],
    ("_sip._udp.c.example", "SRV"): ["10 5 5070 a.c.example."],
    ("_sip._tcp.c.example", "SRV"): ["0 0 0 ."],
    ("c.example", "NAPTR"): [
        '10 20 "s" "SIP+D2U" "" _sip._udp.c.example.',
        '10 30 "u" "E2U+sip" "!^.*$!sip:a@c.example!" .',
    ],
}


class Desk:
    """A resolver, its server, and the answers."""

    def __init__(self, server: DnsServer, port: int) -> None:
        self.server = server
        self.answers: asyncio.Queue[DnsAnswered] = asyncio.Queue()
        self.resolver = Resolver(self.answers.put_nowait, (Address("127.0.0.1", port),))

    async def ask(self, name: str, kind: RecordType) -> DnsAnswered:
        """Return the answer to one question."""
        self.resolver.ask(AskDns(name=name, type=kind))
        return await asyncio.wait_for(self.answers.get(), 10)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    server = DnsServer(zone=dict(ZONE))
    desk = Desk(server, await server.start())
    yield desk
    await desk.resolver.close()
    server.close()


@pytest.mark.requirement("SIP-19")
async def test_each_type_becomes_plain_values(desk: Desk) -> None:
    answer = await desk.ask("c.example", "A")
    assert sorted(one.host for one in answer.records if isinstance(one, AddressRecord)) == [
        "192.0.2.1",
        "192.0.2.2",
    ]
    assert (answer.ttl_s, answer.failed) == (60.0, False)
    assert (await desk.ask("c.example", "AAAA")).records == (AddressRecord(host="2001:db8::1"),)
    srv = await desk.ask("_sip._udp.c.example", "SRV")
    assert srv.records == (Srv(priority=10, weight=5, port=5070, target="a.c.example"),)
    refused = await desk.ask("_sip._tcp.c.example", "SRV")
    assert refused.records == (Srv(priority=0, weight=0, port=0, target="."),)
    naptr = await desk.ask("c.example", "NAPTR")
    assert naptr.records == (
        Naptr(order=10, preference=20, service="SIP+D2U", replacement="_sip._udp.c.example"),
    )


@pytest.mark.requirement("SIP-19")
@pytest.mark.parametrize("name", ["c.example", "nowhere.example"])
async def test_no_such_name_or_type_is_an_answer_with_the_zones_time(desk: Desk, name: str) -> None:
    answer = await desk.ask(name, "SRV")
    assert (answer.records, answer.ttl_s, answer.failed) == ((), 7.0, False)


@pytest.mark.requirement("SIP-19")
async def test_a_silent_server_is_a_failure_in_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.server.silent = True
    monkeypatch.setattr(module, "LIFETIME_S", 0.2)
    port = desk.server.transport.get_extra_info("sockname")[1] if desk.server.transport else 0
    desk.resolver = Resolver(desk.answers.put_nowait, (Address("127.0.0.1", port),))
    assert (await desk.ask("c.example", "A")).failed


async def test_a_name_that_dns_cannot_carry_is_a_failure(desk: Desk) -> None:
    assert (await desk.ask(f"{'x' * 64}.example", "A")).failed


async def test_questions_at_once_are_limited(desk: Desk) -> None:
    desk.server.silent = True
    for i in range(MAX_PENDING + 1):
        desk.resolver.ask(AskDns(name=f"{i}.example", type="A"))
    answer = await asyncio.wait_for(desk.answers.get(), 10)
    assert (answer.name, answer.failed) == (f"{MAX_PENDING}.example", True)
