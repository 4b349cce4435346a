"""Two nodes behind Debian's Kamailio: a node dies under load, and telephones are reached through the edge."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from pbx.core.address import Address, Remote
from pbx.testphone.phone import Phone
from tests.e2e.browser import web_phone
from tests.e2e.desk import device
from tests.e2e.kamailio import ADDRESS, edge
from tests.e2e.running import RunningPbx, free_port, plain_audio, prepare, running
from tests.e2e.sipp import CARRIER, SCENARIOS

ECHO, CAROL = "01632960102", "01632960101"
RATE, N_CALLS = 20, 100
KILL_AFTER_S = 1.5
CALL_S = 20.0


def behind_the_edge(base: Path) -> Path:
    """A node that trusts the edge."""
    file = prepare(base) / "pbx.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["sip"]["edges"] = [f"{ADDRESS}/32"]
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    plain_audio(file.parent, 1003)
    return base


async def calls(port: int) -> asyncio.subprocess.Process:
    """Start N_CALLS calls of the carrier through the edge; status 0 when all of them were answered."""
    return await asyncio.create_subprocess_exec(
        *("sipp", f"{ADDRESS}:{port}", "-sf", str(SCENARIOS / "edge_call.xml"), "-s", ECHO, "-i", CARRIER),
        *("-p", str(free_port()), "-mi", CARRIER, "-r", str(RATE), "-m", str(N_CALLS), "-nostdin"),
        *("-timeout", "40s"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@pytest.mark.rfc("3261", "16.12")
async def test_a_node_dies_under_load_and_no_new_call_is_lost(tmp_path: Path) -> None:
    ports = (free_port(), free_port())
    port = free_port()
    async with (
        running(behind_the_edge(tmp_path / "one"), ports[0]) as first,
        running(behind_the_edge(tmp_path / "two"), ports[1]),
        edge(tmp_path, port, ports),
    ):
        load = await calls(port)
        await asyncio.sleep(KILL_AFTER_S)  # the moment is the event
        os.killpg(first.process.pid, signal.SIGKILL)
        said, _ = await load.communicate()
    assert load.returncode == 0, said.decode(errors="replace")[-2000:]  # every call was answered


@pytest.mark.rfc("3261", "16.12")
async def test_a_telephone_registered_through_the_edge_is_called_through_it(tmp_path: Path) -> None:
    node, port = free_port(), free_port()
    async with (
        running(behind_the_edge(tmp_path / "one"), node) as pbx,
        edge(tmp_path, port, (node,)),
    ):
        await _carol_is_called(pbx, Remote("udp", ADDRESS, port))


@pytest.mark.requirement("SIP-04")
@pytest.mark.rfc("3327", "5.2")
@pytest.mark.parametrize("is_caller", [False, True], ids=["called", "calling"])
async def test_a_browser_talks_through_the_edge(tmp_path: Path, *, is_caller: bool) -> None:
    """SIP.js speaks WebSocket to Kamailio, Kamailio UDP to the node; Path leads back to its connection."""
    node, port = free_port(), free_port()
    async with (
        running(behind_the_edge(tmp_path / "one"), node) as pbx,
        edge(tmp_path, port, (node,)),
        calling_carrier(Remote("udp", ADDRESS, port)) as carrier,
    ):
        order = {
            "server": f"ws://{ADDRESS}:{port + 1}/",
            "origin": "https://phone.acme.example",
            "user": "1003",
            "password": pbx.secret("1003").reveal(),
            "domain": "acme.example",
            "number": "1001" if is_caller else "",
        }
        async with device(pbx, "1001") as desk, web_phone(order, tmp_path / "nobody.pem") as browser:
            await browser.happened("registered")
            if is_caller:
                call = await desk.incoming(CALL_S)
                call.answer()
            else:
                call = await carrier.call(CAROL)
            assert await call.wait_answered(CALL_S) == 200
            await browser.happened("established")
            call.talk(440.0)
            await browser.happened("audio")
            call.hang_up()
            await browser.happened("ended")


@asynccontextmanager
async def calling_carrier(through: Remote) -> AsyncIterator[Phone]:
    """A telephone behind the sample's trunk."""
    carrier = Phone(Address(CARRIER, 0), user="07700900123", domain=CARRIER, server=through)
    await carrier.start()
    try:
        yield carrier
    finally:
        await carrier.close()


async def _carol_is_called(pbx: RunningPbx, through: Remote) -> None:
    carol = Phone(
        Address("127.0.0.1", 0),
        user="1003",
        domain="acme.example",
        server=through,
        password=pbx.secret("1003"),
    )
    carrier = Phone(Address(CARRIER, 0), user="07700900123", domain=CARRIER, server=through)
    try:
        await carol.start()
        await carrier.start()
        await carol.register()
        call = await carrier.call(CAROL)
        ringing = await carol.incoming(CALL_S)
        ringing.answer()
        assert await call.wait_answered(CALL_S) == 200
        assert await ringing.wait_answered(CALL_S) == 200
        call.hang_up()
        await ringing.wait_ended(CALL_S)
    finally:
        await asyncio.gather(carol.close(), carrier.close())
