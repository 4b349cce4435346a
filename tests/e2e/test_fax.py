"""Fax and video through the running PBX, between two machines that know nothing of its code (MED-15)."""

import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.e2e.fax_machine import AUDIO, T38, VIDEO, FaxMachine, fax_machine
from tests.e2e.parties import CAROL, carol
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import CARRIER, PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.requirement("MED-15")]

CALLER = "07700900123"
Pair = tuple[FaxMachine, FaxMachine]


def voice(first: int) -> Iterator[bytes]:
    """Packets of one voice; each has a payload of its own."""
    for n in range(first, first + 5):
        yield struct.pack("!BBHII", 0x80, 8, n, 160 * n, 7) + bytes([n % 251] * 160)


async def hear_each_other(pair: Pair, first: int) -> None:
    for one, other in (pair, pair[::-1]):
        for packet in voice(first):
            await one.reaches(packet, other, n_header=12)


async def fax_each_other(pair: Pair) -> None:
    for one, other in (pair, pair[::-1]):
        for n in range(20):
            datagram = struct.pack("!HB", n, 6) + bytes(range(n, n + 40))
            await one.reaches(datagram, other)


@asynccontextmanager
async def talking(pbx: RunningPbx, *more: str) -> AsyncIterator[Pair]:
    """The carrier has called extension 1003, which has answered; both are heard."""
    async with carol(pbx) as port:
        with fax_machine(CARRIER, 0, pbx.port) as alice, fax_machine(PHONE, port, pbx.port) as bob:
            alice.call(CAROL, CALLER, alice.describe(*AUDIO, *more))
            await bob.answers(200, *AUDIO)
            await alice.succeeds()
            await hear_each_other((alice, bob), 1)
            yield alice, bob
            alice.request("BYE")


def medias(sdp: list[str]) -> list[str]:
    return [
        line.split()[0] + (" on" if line.split()[1] != "0" else " off") for line in sdp if line[:2] == "m="
    ]


async def test_a_call_becomes_a_fax_and_a_call_again(pbx: RunningPbx) -> None:
    async with talking(pbx) as (alice, bob):
        ports = alice.sends_to, bob.sends_to
        bob.request("INVITE", bob.describe(*T38, rate=14400))  # who was called hears the calling tone
        asked = await alice.answers(200, *T38, rate=9600)
        assert medias(asked) == ["m=image on"]
        assert [line for line in asked if line.startswith("a=")] == [
            "a=T38FaxVersion:0",
            "a=T38MaxBitRate:14400",
            "a=T38FaxRateManagement:transferredTCF",
            "a=T38FaxMaxDatagram:400",
            "a=T38FaxUdpEC:t38UDPRedundancy",
        ]
        await bob.succeeds()
        assert medias(bob.sdp) == ["m=image on"] and "a=T38MaxBitRate:9600" in bob.sdp
        assert (alice.sends_to, bob.sends_to) == ports, "the ports stay"
        await fax_each_other((alice, bob))

        with fax_machine("127.0.0.3", 0, pbx.port) as stranger:
            stranger.media.sendto(b"not yours", alice.sends_to)
            await fax_each_other((alice, bob))
            assert b"not yours" not in [*alice.heard, *bob.heard]

        alice.request("INVITE", alice.describe(*AUDIO))
        assert medias(await bob.answers(200, *AUDIO)) == ["m=audio on"]
        await alice.succeeds()
        await hear_each_other((alice, bob), 100)


async def test_a_refused_fax_leaves_the_call_undisturbed(pbx: RunningPbx) -> None:
    async with talking(pbx) as (alice, bob):
        for status in (488, 606):
            alice.request("INVITE", alice.describe(*T38))
            assert medias(await bob.answers(status)) == ["m=image on"]
            await alice.succeeds(488)
            await hear_each_other((alice, bob), status)


@pytest.mark.requirement("MED-15")
async def test_video_is_declined_and_the_audio_works(pbx: RunningPbx) -> None:
    async with talking(pbx, *VIDEO) as (alice, bob):
        assert medias(alice.sdp) == ["m=audio on", "m=video off"]
        await hear_each_other((alice, bob), 50)
