"""Every pair of codecs through the worker: what one side says, the other is measured to hear."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat, PayloadFormat
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, ConnectLeg
from pbx.media.events import DigitReceived
from pbx.media.inband import InbandDetector
from pbx.media.rtp import RtpPacket, parse
from pbx.media.tone_digits import digit_pcm
from tests.integration.media_parties import A, B, Party, Signalling, attach, two_parties
from tests.integration.voices import Heard, compare, listen, speech_like, talk

SECONDS = 1.2
FORMATS = {
    "PCMU": AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101),
    "PCMA": AudioFormat(encoding="PCMA", payload_type=8, dtmf_payload_type=96),
    "G722": AudioFormat(encoding="G722", payload_type=9, dtmf_payload_type=101),
    "opus": AudioFormat(
        encoding="opus",
        payload_type=111,
        clock_rate=48000,
        dtmf_payload_type=110,
        dtmf_clock_rate=48000,
    ),
    "L16": AudioFormat(encoding="L16", payload_type=118, clock_rate=16000, dtmf_payload_type=101),
}
LIKENESS = 0.95  # Opus at 24 kbit/s keeps the waveform of noise this well; the others are above 0.99


Pair = tuple[AudioFormat, AudioFormat]
Prepare = Callable[
    [str, LegId, Party], Awaitable[None]
]  # the first party of a named pair, once it is attached


async def conversations(
    pbx: Signalling, pairs: dict[str, Pair], prepare: Prepare | None = None
) -> dict[str, list[Heard]]:
    """Two parties of each pair talk at the same time; what each of them was heard as, by name."""
    said = speech_like(1, SECONDS), speech_like(2, SECONDS)
    with ExitStack() as stack:
        talks = {}
        for name, pair in pairs.items():
            legs = LegId(f"{name}-a"), LegId(f"{name}-b")
            parties = stack.enter_context(two_parties())
            for leg, party, fmt in zip(legs, parties, pair, strict=True):
                await attach(pbx, leg, party, fmt)
            if prepare is not None:
                await prepare(name, legs[0], parties[0])
            pbx.send(BridgeLegs(a=legs[0], b=legs[1]))
            talks[name] = parties
        await pbx.settle()
        results = await asyncio.gather(*(_talk_both(talks[name], pairs[name], said) for name in pairs))
    return {
        name: [compare(said[0], heard[1]), compare(said[1], heard[0])]
        for name, heard in zip(pairs, results, strict=True)
    }


async def _talk_both(parties: tuple[Party, Party], pair: Pair, said: tuple[bytes, bytes]) -> list[bytes]:
    both = list(zip(parties, pair, said, strict=True))
    ears = [asyncio.ensure_future(listen(party, fmt, SECONDS + 0.3)) for party, fmt, _ in both]
    await asyncio.gather(*(talk(party, fmt, pcm) for party, fmt, pcm in both))
    return [(await ear)[0] for ear in ears]


@pytest.mark.requirement("MED-01")
@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize("first", FORMATS)
async def test_each_codec_with_every_other(pbx: Signalling, first: str) -> None:
    pairs = {f"{first}-{second}": (FORMATS[first], FORMATS[second]) for second in FORMATS}
    for name, both in (await conversations(pbx, pairs)).items():
        for heard in both:
            assert heard.likeness > LIKENESS, name
            assert abs(heard.gain_db) < 1.0, name


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize("first", ["PCMU", "opus"])
async def test_packet_times_are_bridged(pbx: Signalling, first: str) -> None:
    """Each party gets packets of the length that it asked for."""
    pairs = {
        f"{first}-{ptime_ms}": (FORMATS[first], replace(FORMATS["PCMA"], ptime_ms=ptime_ms))
        for ptime_ms in (10, 30, 40, 60)
    }
    for name, both in (await conversations(pbx, pairs)).items():
        assert min(heard.likeness for heard in both) > LIKENESS, name


@pytest.mark.requirement("MED-05")
async def test_a_key_reaches_a_party_with_another_clock(pbx: Signalling) -> None:
    with two_parties() as (opus, alaw):
        await attach(pbx, A, opus, FORMATS["opus"])
        await attach(pbx, B, alaw, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B))
        await pbx.settle()
        talking = asyncio.ensure_future(talk(alaw, FORMATS["PCMA"], speech_like(1, 1.0)))
        opus.press("7", 110, clock_rate=48000)
        events = [packet async for packet in events_of(alaw, 96, 0.6)]
        await talking
    assert len({packet.rtp_time for packet, _ in events}) == 1
    assert {payload[0] for _, payload in events} == {7}
    durations = [int.from_bytes(payload[2:]) for _, payload in events]
    assert durations == sorted(durations)
    assert durations[-3:] == [480] * 3  # 60 ms at 8 kHz, three times with the end bit
    assert [payload[1] >> 7 for _, payload in events[-3:]] == [1, 1, 1]
    assert [packet.marker for packet, _ in events].index(True) == 0


async def events_of(
    party: Party, payload_type: int, seconds: float
) -> AsyncIterator[tuple[RtpPacket, bytes]]:
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    while (left := due - loop.time()) > 0:
        try:
            octets = await asyncio.wait_for(loop.sock_recv(party.socket, 2048), left)
        except TimeoutError:
            return
        packet = parse(octets, len(octets))
        if packet.payload_type == payload_type:
            yield packet, octets[packet.start : packet.end]


@pytest.mark.requirement("MED-02")
async def test_a_party_sends_with_our_numbers_and_hears_its_own(pbx: Signalling) -> None:
    """RFC 3264 §5.1: it sends what we described (107) and is sent what it described (96)."""
    asymmetric = replace(
        FORMATS["opus"],
        payload_type=96,
        receives=(PayloadFormat(payload_type=107, encoding="opus", clock_rate=48000),),
    )
    said = speech_like(1, SECONDS)
    with two_parties() as (opus, alaw):
        await attach(pbx, A, opus, asymmetric)
        await attach(pbx, B, alaw, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B))
        await pbx.settle()
        listener = asyncio.ensure_future(listen(alaw, FORMATS["PCMA"], SECONDS + 0.3))
        await talk(opus, replace(asymmetric, payload_type=107), said)
        await talk(alaw, FORMATS["PCMA"], said[:3200])
        assert compare(said, (await listener)[0]).likeness > LIKENESS
        packet, _ = await opus.receive()
        assert packet.payload_type == 96


@pytest.mark.requirement("MED-02")
async def test_the_codec_changes_in_the_middle_of_a_call(pbx: Signalling) -> None:
    said = speech_like(3, SECONDS)
    with two_parties() as (one, other):
        await attach(pbx, A, one, FORMATS["PCMA"])
        await attach(pbx, B, other, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B))
        results: list[bytes] = []
        for name in ("PCMA", "G722", "opus", "PCMA"):
            fmt = FORMATS[name]
            pbx.send(ConnectLeg(leg=A, host="127.0.0.1", port=one.port, format=fmt, direction="sendrecv"))
            await pbx.settle()
            listener = asyncio.ensure_future(listen(other, FORMATS["PCMA"], SECONDS + 0.3))
            await talk(one, fmt, said)
            results.append((await listener)[0])
    for heard in results:
        assert compare(said, heard).likeness > LIKENESS


@pytest.mark.requirement("MED-05")
async def test_tones_in_the_audio_are_keys_where_no_events_were_agreed(pbx: Signalling) -> None:
    """The party's peer hears the tones as they are, the call is told the keys."""
    plain = replace(FORMATS["PCMA"], dtmf_payload_type=None)
    tones = b"".join(digit_pcm(key, 80, 80) for key in "159#")
    with two_parties() as (one, other):
        await attach(pbx, A, one, plain)
        await attach(pbx, B, other, FORMATS["PCMA"])
        pbx.send(BridgeLegs(a=A, b=B))
        await pbx.settle()
        listener = asyncio.ensure_future(listen(other, FORMATS["PCMA"], 1.0))
        await talk(one, plain, tones + bytes(3200))
        heard = (await listener)[0]
        digit = await pbx.expect(DigitReceived, 4)
    pressed = [event for event in pbx.events if isinstance(event, DigitReceived)]
    assert "".join(event.digit.reveal() for event in pressed) == "159#"
    assert digit.kind == "inband"
    assert InbandDetector().feed(heard)[0].key == "1"
