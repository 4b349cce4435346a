"""Several carriers: who is asked next, whom DNS names, and where we register. SIPp plays the carriers."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from tests.e2e.running import RunningPbx, free_port, prepare, running, stop
from tests.e2e.sipp import DOMAIN, PHONE, Outcome, Play, authorization, play, playing
from tests.e2e.sipp import free_port as port_of
from tests.integration.dns_server import DnsServer

RED, DEAD, BLUE = "127.0.0.21", "127.0.0.22", "127.0.0.23"
CALLED = "901632960150"
FAST = "failover: {no_reply: 1s}"
GROUP = "groups: {pstn: {members: [{trunk: red}, {trunk: dead, priority: 2}, {trunk: blue, priority: 3}]}}\n"


def carriers(base: Path, trunks: str) -> None:
    """Put these trunks beside the sample's, and let calls out take them."""
    folder = prepare(base) / "acme"
    file, plan = folder / "trunks.yaml", folder / "dialplan.yaml"
    file.write_text(f"{file.read_text()}{trunks}")
    plan.write_text(plan.read_text().replace("outbound: {trunk: carrier", "outbound: {trunk: pstn"))


async def call_out(pbx: RunningPbx, scenario: str, status: str = "") -> Outcome:
    """Extension 1001 calls a number of the network."""
    uri, port = f"sip:{CALLED}@{DOMAIN}", port_of(PHONE)
    answer = authorization("1001", pbx.secret("1001"), ("INVITE", uri), pbx.port)
    fill: dict[str, str | Secret[str]] = {
        "called": CALLED,
        "caller": "1001",
        "domain": DOMAIN,
        "from_domain": DOMAIN,
        "status": status,
        "authorization": answer,
    }
    return await play(Play(scenario=scenario, server=pbx.port, port=port, fill=fill))


async def legs(pbx: RunningPbx) -> list[tuple[str, str]]:
    """Party and cause of the legs of the newest call, the caller's left out."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        (record,) = await CallStore(database, StoreKeys.load_or_create(pbx.places.store_keys)).list(1)
    finally:
        await database.close()
    return [(leg.party, leg.cause) for leg in record.legs if leg.role == "callee"]


async def registered(pbx: RunningPbx) -> None:
    """Wait until the PBX has noted that it is registered."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        while not await AuditStore(database).trunks(datetime.fromtimestamp(0, UTC)):
            await asyncio.sleep(0.05)  # a process of its own sends no event
    finally:
        await database.close()


@pytest.mark.requirement("SIP-23")
async def test_one_carrier_is_full_one_dead_and_one_says_busy(tmp_path: Path) -> None:
    addresses = (("red", RED), ("dead", DEAD), ("blue", BLUE))
    trunks = "".join(
        f"  {name}: {{outbound: {{host: {host}, port: 5070}}, {FAST}}}\n" for name, host in addresses
    )
    carriers(tmp_path, trunks + GROUP)
    async with (
        running(tmp_path, free_port()) as pbx,
        playing(Play(scenario="unavailable", host=RED, port=5070)) as red,
        playing(Play(scenario="busy", host=BLUE, port=5070)) as blue,
    ):
        outcome = await call_out(pbx, "refused_out", "486")
        assert outcome.is_played, outcome
        assert (await red).is_played and (await blue).is_played
    assert await legs(pbx) == [("trunk/red", "503"), ("trunk/dead", "408"), ("trunk/blue", "486")]


@pytest.mark.requirement("SIP-19")
async def test_a_carrier_by_name_is_found_and_its_second_address_answers(tmp_path: Path) -> None:
    dns = DnsServer(
        zone={
            ("sip.blue.example", "NAPTR"): ['10 10 "s" "SIP+D2U" "" _sip._udp.blue.example.'],
            ("_sip._udp.blue.example", "SRV"): ["10 1 5071 one.example.", "20 1 5072 two.example."],
            ("one.example", "A"): [RED],
            ("two.example", "A"): [BLUE],
        }
    )
    port = await dns.start()
    settings = prepare(tmp_path) / "pbx.yaml"
    settings.write_text(f"{settings.read_text()}\ndns: {{servers: [127.0.0.1], port: {port}}}\n")
    carriers(tmp_path, "  pstn: {outbound: {host: sip.blue.example}}\n")
    async with (
        running(tmp_path, free_port()) as pbx,
        playing(Play(scenario="unavailable", host=RED, port=5071)) as red,
        playing(Play(scenario="answering", host=BLUE, port=5072)) as blue,
    ):
        outcome = await call_out(pbx, "call_out")
        assert outcome.is_played, outcome
        assert (await red).is_played and (await blue).is_played
    dns.close()
    assert ("sip.blue.example", "NAPTR") in dns.asked


@pytest.mark.requirement("SIP-21")
async def test_the_binding_at_a_carrier_lives_as_long_as_the_pbx(tmp_path: Path) -> None:
    (tmp_path / "blue").write_text("pa55word\n")
    account = (
        "account: {user: acme7, secret_file: blue, realm: blue.example}, register: {domain: blue.example}"
    )
    registrar = Play(scenario="registrar", host=BLUE, port=5073)
    carriers(tmp_path, f"  pstn: {{outbound: {{host: {BLUE}, port: 5073}}, {account}}}\n")
    async with running(tmp_path, free_port()) as pbx, playing(registrar) as carrier:
        await asyncio.wait_for(registered(pbx), 7)
        await stop(pbx.process)
        outcome = await carrier
        assert outcome.is_played, outcome
    expiries = [text.split("Expires: ")[1].split("\n")[0] for text in outcome.received]
    assert expiries == ["3600", "3600", "0"]
    assert all("pa55word" not in text for text in outcome.received)
