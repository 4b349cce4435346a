"""Voices, keys, SRTP and reports between two parties with bad networks on both sides of the worker."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId
from pbx.media.dtmf import DtmfReceiver, event_packets
from pbx.media.effects import BridgeLegs, CloseLeg
from pbx.media.events import AudioFault, DigitReceived, LegClosed, LegStats
from pbx.media.rtp import RtpPacket, build, parse
from pbx.media.tone_digits import digit_pcm
from tests.integration.impairment import Network, Weather, attach_through, network
from tests.integration.media_parties import MU, A, B, Party, Signalling, two_parties
from tests.integration.test_srtp import SecureParty
from tests.integration.test_transcoding import FORMATS
from tests.integration.voices import compare, listen, speech_like, talk

STORM = Weather(loss=0.05, jitter_ms=40, reorder=0.1, duplicate=0.05)
KEYS = "159#0*8824471D63"
TAIL_S = 0.8
SPEECH_S = 4.0
PIECE = 1600  # 200 ms at 8 kHz


@pytest.fixture
def net() -> Iterator[Network]:
    with network() as one:
        yield one


async def joined(
    pbx: Signalling, net: Network, parties: Sequence[Party], formats: Sequence[AudioFormat], name: str = ""
) -> list[LegId]:
    """Two parties, each behind a storm in both directions."""
    legs = [LegId(f"{name}{leg}") for leg in (A, B)]
    for leg, party, fmt in zip(legs, parties, formats, strict=True):
        await attach_through(net.path(STORM, STORM, seed=leg), pbx, party, leg, fmt=fmt)
    pbx.send(BridgeLegs(a=legs[0], b=legs[1]))
    await pbx.settle()
    return legs


async def press_all(party: Party, fmt: AudioFormat, keys: str) -> None:
    """Press keys of 80 ms on a 20 ms clock, 60 ms apart, with silence in between as a telephone sends."""
    clock = fmt.dtmf_clock_rate
    for key in keys:
        for marker, payload in event_packets(key, 80, clock_rate=clock):
            header = RtpPacket(fmt.dtmf_payload_type or 0, marker, party.seq, party.time, party.ssrc, 0, 0)
            party.socket.sendto(build(header, payload), party.to)
            party.seq = (party.seq + 1) % 2**16
            await asyncio.sleep(0.02)
        party.time = (party.time + 140 * clock // 1000) % 2**32
        await asyncio.sleep(0.06)


async def events_heard(party: Party, fmt: AudioFormat, seconds: float) -> str:
    """The keys that a telephone makes of the events it gets."""
    loop, receiver = asyncio.get_running_loop(), DtmfReceiver(fmt.dtmf_clock_rate)
    due, keys = loop.time() + seconds, ""
    while (left := due - loop.time()) > 0:
        try:
            octets = await asyncio.wait_for(loop.sock_recv(party.socket, 2048), min(left, 0.05))
        except TimeoutError:
            keys += "".join(digit.key for digit in receiver.tick(loop.time()))
            continue
        packet = parse(octets, len(octets))
        if packet.payload_type == fmt.dtmf_payload_type:
            payload = octets[packet.start : packet.end]
            keys += "".join(digit.key for digit in receiver.packet(packet.rtp_time, payload, loop.time()))
    return keys


def told(pbx: Signalling, leg: LegId) -> str:
    return "".join(e.digit.reveal() for e in pbx.events if isinstance(e, DigitReceived) and e.leg == leg)


@pytest.mark.requirement("MED-04")
@pytest.mark.requirement("MED-05")
async def test_every_key_arrives_once_and_in_order(pbx: Signalling, net: Network) -> None:
    """Relayed, translated between the laws, transcoded with another clock: as events, and as told."""
    pairs = {"MU": (MU, MU), "laws": (MU, FORMATS["PCMA"]), "opus": (FORMATS["opus"], FORMATS["PCMA"])}
    seconds = len(KEYS) * 0.25 + TAIL_S
    with two_parties() as one, two_parties() as two, two_parties() as three:
        parties = dict(zip(pairs, (one, two, three), strict=True))
        legs = {name: await joined(pbx, net, parties[name], pairs[name], name) for name in pairs}
        listening = [
            events_heard(parties[name][n], pairs[name][n], seconds) for name in pairs for n in (0, 1)
        ]
        pressing = [
            press_all(parties[name][n], pairs[name][n], KEYS[:: 1 - 2 * n]) for name in pairs for n in (0, 1)
        ]
        heard = (await asyncio.gather(*listening, *pressing))[: len(listening)]
    for at, name in enumerate(pairs):
        assert [told(pbx, leg) for leg in legs[name]] == [KEYS, KEYS[::-1]], name
        assert heard[2 * at : 2 * at + 2] == [KEYS[::-1], KEYS], name


@pytest.mark.requirement("MED-05")
async def test_every_key_of_tones_is_told_once_and_heard(pbx: Signalling, net: Network) -> None:
    plain = replace(FORMATS["PCMA"], dtmf_payload_type=None)
    tones = bytes(6400) + b"".join(digit_pcm(key, 120, 120) for key in KEYS) + bytes(6400)
    with two_parties() as parties:
        legs = await joined(pbx, net, parties, (plain, FORMATS["PCMU"]))
        listener = asyncio.ensure_future(listen(parties[1], MU, len(tones) / 16000 + TAIL_S))
        await asyncio.gather(talk(parties[0], plain, tones), talk(parties[1], MU, bytes(len(tones))))
        await listener
    assert told(pbx, legs[0]) == KEYS


@pytest.mark.requirement("MED-03")
@pytest.mark.parametrize(("loss", "likeness"), [(0.01, 0.94), (0.05, 0.9)])
async def test_speech_is_heard_and_never_louder(
    pbx: Signalling, net: Network, loss: float, likeness: float
) -> None:
    """Transcoded, so that the worker's own concealment is heard; the median of pieces is hardly touched."""
    said = speech_like(4, SPEECH_S)
    pairs = {"PCMU": "L16", "G722": "PCMA", "opus": "PCMU"}
    with two_parties() as one, two_parties() as two, two_parties() as three:
        hearing, talking = [], []
        for (first, second), parties in zip(pairs.items(), (one, two, three), strict=True):
            formats = FORMATS[first], FORMATS[second]
            legs = [LegId(f"{first} {leg}") for leg in (A, B)]
            up = Weather(loss=loss, jitter_ms=20)
            await attach_through(net.path(up, seed=first), pbx, parties[0], legs[0], fmt=formats[0])
            await attach_through(net.path(seed=first), pbx, parties[1], legs[1], fmt=formats[1])
            pbx.send(BridgeLegs(a=legs[0], b=legs[1]))
            hearing.append((parties[1], formats[1]))
            talking.append((parties[0], formats[0]))
        await pbx.settle()
        ears = [asyncio.ensure_future(listen(*one, SPEECH_S + TAIL_S)) for one in hearing]
        await asyncio.gather(*(talk(*one, said) for one in talking))
        results = [(await ear)[0] for ear in ears]
    for name, result in zip(pairs, results, strict=True):
        heard = compare(said, result)
        assert heard.likeness > likeness, name
        assert abs(heard.gain_db) < 1.0, name
        assert loudest(result) < loudest(said) * 1.2, name


def loudest(pcm: bytes) -> float:
    """RMS of the loudest 200 ms."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    pieces = samples[: len(samples) // PIECE * PIECE].reshape(-1, PIECE)
    return float(np.sqrt((pieces**2).mean(axis=1)).max())


@pytest.mark.requirement("S-30")
@pytest.mark.requirement("MED-07")
async def test_srtp_takes_reordered_packets_and_each_but_once(pbx: Signalling, net: Network) -> None:
    """The party's numbers wrap after six packets, in the middle of loss and reordering."""
    said = speech_like(5, SPEECH_S)
    with two_parties() as parties:
        secure = SecureParty(parties[0], "AES_CM_128_HMAC_SHA1_80", "storm")
        paths = [net.path(replace(STORM, loss=loss), STORM, seed=f"srtp {loss}") for loss in (0.05, 0.0)]
        await attach_through(paths[0], pbx, parties[0], A, security=secure.keys)
        await attach_through(paths[1], pbx, parties[1], B, fmt=FORMATS["G722"])
        pbx.send(BridgeLegs(a=A, b=B))
        await pbx.settle()
        listener = asyncio.ensure_future(listen(parties[1], FORMATS["G722"], SPEECH_S + TAIL_S))
        await talk(parties[0], MU, said)
        await listener
        stats = await closed(pbx, A)
    passages = [one for one in paths[0].up.passages if not one.lost]
    doubles = sum(len(one.left) - 1 for one in passages)
    assert int.from_bytes(passages[0].octets[2:4]) > 0xFF00 > int.from_bytes(passages[-1].octets[2:4])
    assert doubles > 0
    assert stats.received == len(passages)
    assert stats.refused == doubles
    assert stats.lost == sum(one.lost for one in paths[0].up.passages)
    faults = {e.kind for e in pbx.events if isinstance(e, AudioFault) and e.leg == A}
    assert faults <= {"high_loss"}


async def closed(pbx: Signalling, leg: LegId) -> LegStats:
    pbx.send(CloseLeg(leg=leg))
    await pbx.settle()
    [stats] = [e.stats for e in pbx.events if isinstance(e, LegClosed) and e.leg == leg]
    return stats
