"""Keys between parties that press and take them in different kinds, through the real worker."""

import asyncio
from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat, DigitChoice
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import BridgeLegs, ConnectLeg, SetSecure, TakeDigit
from pbx.media.events import DigitReceived
from pbx.media.inband import InbandDetector
from tests.integration.media_parties import (
    ALAW,
    MU,
    A,
    B,
    Party,
    Signalling,
    attach,
    heard_again,
    two_parties,
)
from tests.integration.voices import listen, speech_like, talk

NO_EVENTS = replace(ALAW, dtmf_payload_type=None)


async def bridge(
    pbx: Signalling, parties: tuple[Party, Party], fmt: AudioFormat, digits: DigitChoice = "auto"
) -> None:
    """Party A, with telephone-events, talks with B of a format that takes its keys so."""
    a, b = parties
    await attach(pbx, A, a)
    await attach(pbx, B, b, fmt)
    order = ConnectLeg(leg=B, host="127.0.0.1", port=b.port, format=fmt, direction="sendrecv", digits=digits)
    pbx.send(order, BridgeLegs(a=A, b=B))
    await pbx.settle()
    a.send(bytes(160))
    b.send(bytes(160), payload_type=8)
    await a.receive()
    await b.receive()


def info(key: str, leg: LegId = A) -> TakeDigit:
    return TakeDigit(leg=leg, digit=Secret(key), duration_ms=100)


@pytest.mark.requirement("MED-05")
async def test_info_becomes_events_of_the_peer(pbx: Signalling) -> None:
    with two_parties() as (a, b):
        await bridge(pbx, (a, b), MU)
        pbx.send(info("7"), info("#"))
        assert await pressed(b) == [7, 11]


@pytest.mark.requirement("MED-05")
async def test_info_becomes_tones_for_a_peer_without_events(pbx: Signalling) -> None:
    with two_parties() as (a, b):
        await bridge(pbx, (a, b), NO_EVENTS)
        talking = asyncio.ensure_future(talk(a, MU, speech_like(1, 0.8)))
        pbx.send(info("7"))
        heard = (await listen(b, NO_EVENTS, 1.0))[0]
        await talking
    assert [digit.key for digit in InbandDetector().feed(heard)] == ["7"]


@pytest.mark.requirement("MED-05")
@pytest.mark.parametrize("order", ["info first", "event first"])
async def test_one_press_in_two_kinds_reaches_the_peer_once(pbx: Signalling, order: str) -> None:
    with two_parties() as (a, b):
        await bridge(pbx, (a, b), MU)
        if order == "info first":
            pbx.send(info("5"))
            await pbx.settle()
        a.press("5")
        await pbx.expect(DigitReceived)
        if order == "event first":
            pbx.send(info("5"))
            await pbx.settle()
        assert await pressed(b) == [5]


async def pressed(party: Party) -> list[int]:
    """The events that come until nothing has come for 300 ms, which is longer than a press."""
    begun: dict[int, int] = {}
    while True:
        try:
            packet, payload = await asyncio.wait_for(party.receive(), 0.3)
        except TimeoutError:
            return list(begun.values())
        if packet.payload_type == 101:
            begun[packet.rtp_time] = payload[0]


@pytest.mark.requirement("MED-05")
async def test_a_peer_that_takes_info_gets_no_other_kind(pbx: Signalling) -> None:
    with two_parties() as (a, b):
        await bridge(pbx, (a, b), MU, "info")
        a.press("5")
        await pbx.expect(DigitReceived)
        pbx.send(info("6"))
        assert await pressed(b) == []


@pytest.mark.requirement("MED-05")
async def test_a_key_of_a_secret_goes_nowhere(pbx: Signalling) -> None:
    with two_parties() as (a, b):
        await bridge(pbx, (a, b), MU)
        pbx.send(SetSecure(leg=A, on=True), info("5"), SetSecure(leg=A, on=False), info("6"))
        await pbx.settle()
        await heard_again(a, b)
        pbx.send(info("7"))
        assert await pressed(b) == [7], "what comes within 300 ms may still be part of the secret"
