"""Every torture message against the running PBX, by UDP and by TCP: it answers as it should, and lives on."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.torture.messages import TortureMessage, load
from tests.torture.verdicts import CALL, SILENCE, VERDICTS

CARRIER = "127.0.0.2"  # the sample configuration's trunk
ANSWER_S = 5.0
PING_S = 5.0
MESSAGES = [message for rfc in ("4475", "5118") for message in load(rfc).values()]
IDS = [f"{one.rfc}-{one.name}" for one in MESSAGES]
# A stream cannot be framed without Content-Length, and waits for the octets that one of 9999 promises.
BY_STREAM = {"inv2543": 400, "clerr": SILENCE, "dblreq": 401}
PING = (
    "OPTIONS sip:pbx@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/{transport} 127.0.0.2;branch=z9hG4bKping{serial};rport\r\n"
    "From: <sip:ping@example.com>;tag=p\r\nTo: <sip:pbx@example.com>\r\nCall-ID: ping{serial}\r\n"
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["udp", "tcp"])
async def site(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[RunningPbx]:
    """The home of example.com; one for each transport, or the second copy would be a repetition."""
    base = tmp_path_factory.mktemp("torture")
    tenant = prepare(base) / "acme" / "tenant.yaml"
    lines = tenant.read_text().splitlines()
    tenant.write_text(
        "\n".join("domain: example.com" if line.startswith("domain:") else line for line in lines) + "\n"
    )
    async with running(base, free_port()) as pbx:
        yield pbx


def ping(transport: str, serial: int) -> bytes:
    """Return a request that the PBX answers with 200."""
    return PING.format(transport=transport, serial=serial).encode()


def settle(statuses: list[int]) -> int:
    """Return CALL, SILENCE or the status that the answers before the ping's amount to."""
    return CALL if 100 in statuses else statuses[0] if statuses else SILENCE


async def by_udp(port: int, message: TortureMessage, serial: int) -> int:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as carrier:
        carrier.setblocking(False)
        carrier.bind((CARRIER, 0))
        statuses = []
        for octets in (message.octets, ping("UDP", serial)):
            await loop.sock_sendto(carrier, octets, ("127.0.0.1", port))
        async with asyncio.timeout(ANSWER_S):
            while f"ping{serial}\r\n".encode() not in (octets := await loop.sock_recv(carrier, 65536)):
                statuses.append(int(octets.split()[1]))
        return settle(statuses)


async def by_tcp(port: int, message: TortureMessage) -> int:
    """Return the verdict; one of silence is what a following ping's answer, or the end, shows."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(CARRIER, 0))
    try:
        expected = BY_STREAM.get(message.name, VERDICTS[message.rfc][message.name])
        writer.write(message.octets)
        if expected == SILENCE and message.name != "clerr":
            writer.write(ping("TCP", 0))
            async with asyncio.timeout(ANSWER_S):
                answer = await reader.readuntil(b"\r\n\r\n")
            assert b"ping0\r\n" in answer
            return SILENCE
        if expected == SILENCE:
            return SILENCE
        async with asyncio.timeout(ANSWER_S):
            answer = await reader.readuntil(b"\r\n\r\n")
        return settle([int(answer.split()[1])])
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.rfc("4475", "3")
@pytest.mark.rfc("5118", "4")
@pytest.mark.rfc("3261", "18.3")
@pytest.mark.requirement("S-18")
@pytest.mark.requirement("S-20")
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("message", MESSAGES, ids=IDS)
async def test_verdict(site: RunningPbx, request: pytest.FixtureRequest, message: TortureMessage) -> None:
    expected = VERDICTS[message.rfc][message.name]
    if request.node.callspec.params["site"] == "udp":
        assert await by_udp(site.port, message, MESSAGES.index(message)) == expected
    else:
        assert await by_tcp(site.port, message) == BY_STREAM.get(message.name, expected)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_pbx_lives_on(site: RunningPbx) -> None:
    assert site.process.returncode is None
    assert await by_udp(site.port, load("4475")["lwsdisp"], 1000) == 200
