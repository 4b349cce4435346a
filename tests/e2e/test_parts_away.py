"""Object store, vault and DNS are away, one by one and together: calls go on, and people are told."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from pbx.runner.outages import FAILURES
from pbx.sip.locate.cache import FAILED_S
from pbx.testphone.phone import Phone
from tests.e2e import fault_helpers as helpers
from tests.e2e import test_s3 as s3
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.test_apply import pbx_says
from tests.e2e.test_s3 import S3Server
from tests.e2e.test_s3 import server as server
from tests.integration.dns_server import DnsServer

OUTSIDE = "907700900123"
AWAY_S = 150.0  # the finaliser has to fail twice, and waits between two tries
CARRIER = ("sip.carrier.example", "A")


async def away(pbx: RunningPbx) -> set[str]:
    """What `pbx degradation` says is away."""
    code, said = await pbx_says(pbx, "degradation", "--away", "--json")
    rows = json.loads(said)
    assert code == bool(rows)
    return {row["dependency"] for row in rows}


async def are_away(pbx: RunningPbx, *parts: str) -> None:
    async def are_told() -> bool:
        return await away(pbx) == set(parts)

    await helpers.until(are_told, f"not said to be away: {parts}, but {await away(pbx)}", AWAY_S)


@pytest.fixture
async def names() -> AsyncIterator[DnsServer]:
    """A DNS server that says nothing."""
    dns = DnsServer(zone={CARRIER: ["127.0.0.2"]}, silent=True)
    yield dns
    if dns.transport is not None:
        dns.transport.close()


@pytest.mark.proof
@pytest.mark.requirement("HA-08")
@pytest.mark.requirement("F-21")
@pytest.mark.requirement("F-24")
@pytest.mark.requirement("F-34")
async def test_calls_go_on_while_other_parts_are_away(
    tmp_path: Path, server: S3Server, names: DnsServer
) -> None:
    s3.configure(tmp_path, server)
    config, port = tmp_path / "config", await names.start()
    machine = yaml.safe_load((config / "pbx.yaml").read_text())
    (config / "pbx.yaml").write_text(
        yaml.safe_dump(machine | {"dns": {"servers": ["127.0.0.1"], "port": port}})
    )
    trunks = yaml.safe_load((config / "acme" / "trunks.yaml").read_text())
    trunks["trunks"]["carrier"]["outbound"]["host"] = CARRIER[0]
    (config / "acme" / "trunks.yaml").write_text(yaml.safe_dump(trunks))
    async with running(tmp_path, free_port()) as pbx, helpers.phones(pbx) as (caller, agent):
        await are_away(pbx)
        with helpers.paused(pbx, "vault"):
            await talk(caller, agent)
            await are_away(pbx, "vault")
        await are_away(pbx)
        await server.stop()
        await talk(caller, agent)
        await are_away(pbx, "object_store")
        for _ in range(FAILURES):
            outside = await agent.call(OUTSIDE)
            assert await outside.wait_answered(3 * helpers.ANSWER_S) == 500
            await asyncio.sleep(FAILED_S)  # for so long nobody asks again
        await are_away(pbx, "dns", "object_store")
        await server.start()
        names.silent = False
        found = await agent.call(OUTSIDE)
        assert await found.wait_answered(3 * helpers.ANSWER_S) != 200
        await are_away(pbx)
        assert names.asked
        (await helpers.settled(pbx, 2, AWAY_S)).assert_whole(2)


async def talk(caller: Phone, agent: Phone) -> None:
    """Hold a recorded conversation."""
    call, ringing = await helpers.connect(caller, agent)
    call.hang_up()
    await ringing.wait_ended(5)
