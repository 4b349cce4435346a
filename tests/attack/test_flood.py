"""Floods from one and from many sources, and questions in the name of others (S-14, S-15, S-16)."""

import asyncio
import json
import socket
from dataclasses import replace

import pytest

from pbx.sip.repeat_credit import FIRST
from tests.attack.flooder import Flood
from tests.attack.raw_call import ECHO
from tests.attack.town import Town
from tests.attack.wire import SDP, Ask, status, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE_S = 15.0
PAID, OTHER = "127.0.0.23", "127.0.0.24"  # of a carrier that nobody else calls from
N_FORGED = 30
SHORT_S, LONG_S = 2.0, 60.0
QUICK = ("S-15 INVITE by UDP, 100 sources", "S-15 INVITE by TCP, 20 sources")
FLOODS = [
    ("S-14 REGISTER by UDP, one source", Flood(port=0, method="REGISTER", network="127.10")),
    ("S-14 REGISTER by UDP, 100 sources", Flood(port=0, method="REGISTER", network="127.11", sources=100)),
    ("S-15 INVITE by UDP, 100 sources", Flood(port=0, method="INVITE", network="127.12", sources=100)),
    (
        "S-15 INVITE by TCP, 20 sources",
        Flood(port=0, method="INVITE", network="127.13", sources=20, transport="tcp"),
    ),
    (
        "S-15 INVITE by TLS, 10 sources",
        Flood(port=0, method="INVITE", network="127.14", sources=10, transport="tls"),
    ),
    (
        "S-15 INVITE by WSS, 10 sources",
        Flood(port=0, method="INVITE", network="127.15", sources=10, transport="wss"),
    ),
]


async def flooded(town: Town, flood: Flood) -> dict[str, int]:
    """Flood; return what the flooder counted."""
    port = {"tls": town.ports.tls, "wss": town.ports.wss}.get(flood.transport, town.pbx.port)
    process = await asyncio.create_subprocess_exec(
        *replace(flood, port=port).arguments(), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), flood.seconds + LATE_S)
    counted: dict[str, int] = json.loads(output)
    return counted


@pytest.mark.requirement("S-14")
@pytest.mark.requirement("S-15")
@pytest.mark.parametrize(
    ("name", "flood", "seconds"),
    [
        pytest.param(name, flood, seconds, id=f"{name}, {seconds:.0f} s", marks=marks)
        for name, flood in FLOODS
        for seconds, marks in (
            (SHORT_S, () if name in QUICK else pytest.mark.attack),
            (LONG_S, pytest.mark.attack),
        )
    ],
)
async def test_a_flood_is_survived(town: Town, name: str, flood: Flood, seconds: float) -> None:
    async with town.under(f"{name}, {seconds:.0f} s", "alive; octets out below octets in"):
        counted = await flooded(town, replace(flood, seconds=seconds))
        assert counted["sent"] > 0.3 * flood.per_s * seconds, counted
        assert counted["heard_octets"] < counted["sent_octets"], counted


@pytest.mark.requirement("S-16")
async def test_a_stranger_without_ack_hears_less_than_he_sent(town: Town) -> None:
    async with town.under(
        "S-16 INVITEs of a stranger, no ACK", "octets out below octets in, nothing repeated"
    ):
        async with wire(town.pbx.port, "127.0.0.74") as eve:
            async with asyncio.timeout(LATE_S):  # a flood before this one has used up what strangers share
                while not await eve.ask(Ask(method="INVITE", lines=("User-Agent: " + "x" * 400,))):
                    pass
            for number in range(20):
                eve.send(
                    eve.text(Ask(method="INVITE", user=f"10{number}", lines=("User-Agent: " + "x" * 400,)))
                )
            await eve.drain(1.2)  # longer than T1 and its first doubling
            assert 0 < eve.heard_octets <= eve.sent_octets


@pytest.mark.requirement("S-16")
@pytest.mark.parametrize("seconds", [2.0, pytest.param(70.0, marks=pytest.mark.attack)])
async def test_a_carrier_who_never_acknowledges_is_not_drowned(town: Town, seconds: float) -> None:
    """Somebody sends in the carrier's name, which is known by its address alone."""
    async with town.under(
        f"S-16 INVITEs in a carrier's name, {seconds:.0f} s", "200s are not repeated for ever"
    ):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target:
            target.setblocking(False)
            target.bind(("127.0.0.3", 0))
            port = target.getsockname()[1]
            async with wire(town.pbx.port, PAID) as forged:
                for _ in range(N_FORGED):
                    body = SDP.format(host="127.0.0.3", port=port)
                    contact = ("Contact: <sip:x@{host}:{port}>", "User-Agent: " + "x" * 400)
                    forged.send(forged.text(Ask(method="INVITE", user=ECHO, lines=contact, body=body)))
                loop = asyncio.get_running_loop()
                end, media = loop.time() + seconds, 0
                while loop.time() < end:
                    await forged.drain(0.1)
                    try:
                        while octets := target.recv(4096):
                            media += len(octets)
                    except BlockingIOError:
                        pass
                assert media == 0
                statuses = [status(one.decode()) for one in forged.heard]
                assert N_FORGED <= statuses.count(200) <= N_FORGED + FIRST, statuses


@pytest.mark.requirement("S-16")
@pytest.mark.parametrize("seconds", [2.0, pytest.param(40.0, marks=pytest.mark.attack)])
async def test_refusals_are_not_repeated_for_ever_either(town: Town, seconds: float) -> None:
    """The same with a number that nobody has, from another address of a carrier's."""
    async with town.under(
        f"S-16 refusals in a carrier's name, {seconds:.0f} s", "404s are not repeated for ever"
    ):
        async with wire(town.pbx.port, OTHER) as forged:
            for _ in range(N_FORGED):
                contact = ("Contact: <sip:x@{host}:{port}>", "User-Agent: " + "x" * 400)
                forged.send(forged.text(Ask(method="INVITE", user="01632960199", lines=contact)))
            await forged.drain(seconds)
            statuses = [status(one.decode()) for one in forged.heard]
            assert N_FORGED <= statuses.count(404) <= N_FORGED + FIRST, statuses
