"""Packets in the name of a party, from its own address: what its voice, keys and peer suffer by them."""

import asyncio

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.media.codecs.table import find_codec
from pbx.media.effects import CloseLeg, ConnectLeg
from pbx.media.events import AudioFault, DigitReceived, LegClosed, LegStats
from pbx.media.g711 import encode
from pbx.media.stream_lock import STOPPED_S
from tests.integration.forger import forger
from tests.integration.media_parties import (
    FRAME_S,
    MU,
    PATIENCE_S,
    A,
    Party,
    Signalling,
    bridged,
    frame,
)

FOREIGN = bytes([0x55]) * 160
WIDE = AudioFormat(encoding="G722", payload_type=9, dtmf_payload_type=101)
TONE = encode((8000 * np.sin(2 * np.pi * 400 * np.arange(160) / 8000)).astype("<i2").tobytes(), "PCMU")
TALK_S, FORGED_EVERY = 0.8, 10  # packets of the party
LOUD = 2000  # of the 5,657 of the tone

pytestmark = pytest.mark.requirement("S-35")


async def closed(pbx: Signalling) -> LegStats:
    """End the leg of A and return its counters."""
    pbx.send(CloseLeg(leg=A))
    await pbx.settle()
    return next(e for e in pbx.events if isinstance(e, LegClosed) and e.leg == A).stats


async def test_a_forged_stream_is_neither_heard_nor_are_its_keys_pressed(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    """From before the party speaks on it would be heard: who was there first is the party."""
    a, b = parties
    await bridged(pbx, parties)
    a.send(frame(0))
    assert (await b.receive())[1] == frame(0)
    with forger(a) as eve:
        for n in range(1, 31):
            eve.send(FOREIGN)
            a.send(frame(n))
            assert (await b.receive())[1] == frame(n)
        eve.press("5")
        b.send(frame(1))
        assert (await a.receive())[1] == frame(1)
        assert (await pbx.expect(AudioFault)).kind == "second_stream"
    stats = await closed(pbx)
    assert b.is_quiet() and not [e for e in pbx.events if isinstance(e, DigitReceived)]
    assert (stats.received, stats.lost, stats.dropped_source) == (31, 0, 0)
    assert stats.dropped_stream > 30


async def test_lone_forged_packets_silence_nobody_who_is_decoded(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    """A new stream resets a jitter buffer, which then leaves the old one out for a second."""
    a, b = parties
    await bridged(pbx, parties, WIDE)
    codec = find_codec("G722", 8000)
    assert codec is not None
    decoder, levels = codec.decoder(8000), list[float]()

    async def listen() -> None:
        while True:
            _, payload = await b.receive()
            pcm = np.frombuffer(decoder.decode(payload), "<i2").astype(float)
            levels.append(float(np.sqrt(np.square(pcm).mean())))

    listening = asyncio.create_task(listen())
    with forger(a) as eve:
        for n in range(int(TALK_S / FRAME_S)):
            if n and n % FORGED_EVERY == 0:
                eve.ssrc += 1
                eve.send(FOREIGN)
            a.send(TONE)
            await asyncio.sleep(FRAME_S)
    listening.cancel()
    began = next(n for n, level in enumerate(levels) if level > LOUD)
    spoken = levels[began + 1 : began + int(0.8 * TALK_S / FRAME_S)]
    assert min(spoken) > LOUD, levels
    assert (await closed(pbx)).dropped_stream == int(TALK_S / FRAME_S) // FORGED_EVERY - 1


async def test_a_party_that_paused_takes_its_leg_back_from_who_spoke_meanwhile(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    """Plain RTP cannot tell a forger from a party that begins anew; SSRC and numbers tell who was there."""
    a, b = parties
    await bridged(pbx, parties)
    a.send(frame(0))
    assert (await b.receive())[1] == frame(0)
    with forger(a) as eve:
        while b.is_quiet():
            eve.send(FOREIGN)
            await asyncio.sleep(FRAME_S)
        await pbx.settle()
        b.drain()
        for n in range(1, 20):
            eve.send(FOREIGN)
            a.send(frame(n))
            heard = (await b.receive())[1]
            while n == 1 and heard == FOREIGN:
                heard = (await b.receive())[1]
            assert heard == frame(n)


async def test_a_party_that_begins_another_stream_is_heard(
    pbx: Signalling, parties: tuple[Party, Party]
) -> None:
    """As behind a carrier that transfers its end: a tenth of a second later, after an answer at once."""
    a, b = parties
    await bridged(pbx, parties)
    a.send(frame(0))
    assert (await b.receive())[1] == frame(0)
    began, n = asyncio.get_running_loop().time(), 0
    a.ssrc, a.seq = 0xA2, 7
    while b.is_quiet():
        a.send(frame(n := n + 1))
        await asyncio.sleep(FRAME_S)
        assert asyncio.get_running_loop().time() - began < PATIENCE_S
    assert n >= STOPPED_S / FRAME_S - 1
    pbx.send(ConnectLeg(leg=A, host="127.0.0.1", port=a.port, format=MU, direction="sendrecv"))
    await pbx.settle()
    b.drain()
    a.ssrc = 0xA3
    a.send(frame(77))
    assert (await b.receive())[1] == frame(77)
