"""A supervisor sits down beside two who talk, and gets up again: what they hear, and what is kept of it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest

from pbx.core.audio import AudioFormat
from pbx.core.ids import LegId, RecordingId
from pbx.media.codecs.table import find_codec
from pbx.media.effects import (
    BridgeLegs,
    ChangeSeat,
    JoinRoom,
    LeaveRoom,
    MediaEffect,
    SetGate,
    StartRecording,
)
from pbx.media.events import DigitReceived, RecordingStarted
from pbx.media.payloads import coding
from pbx.media.rtp import parse
from tests.integration.media_parties import ALAW, CALL, MU, A, B, Party, Signalling, attach, frame
from tests.integration.test_transcoding import FORMATS, events_of
from tests.integration.voices import RATE, compare, speech_like, talk

S = LegId("supervisor")
SECONDS = 2.4
GAP_MS = 60.0  # two packets of 20 ms late are one that is not noticed; three are heard
VOICE = speech_like(7, SECONDS)
HUSHED = 200.0  # rms of 10 ms in which nothing of the voice is: that has 4000, and 1000 at its softest
N_FRAMES = 25
RECORDING = RecordingId("rec")
TABLE: tuple[MediaEffect, ...] = (
    JoinRoom(leg=A, room="w"),
    JoinRoom(leg=B, room="w"),
    JoinRoom(leg=S, room="w", role="listen"),
)
UP: tuple[MediaEffect, ...] = tuple(LeaveRoom(leg=leg) for leg in (S, A, B))


@pytest.fixture
def trio() -> Iterator[dict[LegId, Party]]:
    with ExitStack() as stack:
        parties = {leg: Party(0x1111 * (n + 1)) for n, leg in enumerate((A, B, S))}
        for party in parties.values():
            stack.callback(party.socket.close)
        yield parties


async def called(pbx: Signalling, trio: dict[LegId, Party], formats: tuple[AudioFormat, AudioFormat]) -> None:
    """A and B talk, and the leg of S is there."""
    for leg, fmt in zip((A, B, S), (*formats, MU), strict=True):
        await attach(pbx, leg, trio[leg], fmt)
    pbx.send(BridgeLegs(a=A, b=B))
    await pbx.settle()


async def hear(party: Party, fmt: AudioFormat, seconds: float) -> bytes:
    """What a party hears, each packet at its RTP time: where nothing came there is silence."""
    codec = find_codec(*coding(fmt))
    assert codec is not None
    decoder, loop = codec.decoder(RATE), asyncio.get_running_loop()
    heard, first = bytearray(), -1
    due = loop.time() + seconds
    while (left := due - loop.time()) > 0:
        with suppress(TimeoutError):
            octets = await asyncio.wait_for(loop.sock_recv(party.socket, 2048), left)
            packet = parse(octets, len(octets))
            first = packet.rtp_time if first < 0 else first
            at = (packet.rtp_time - first) % 2**32 * RATE // fmt.clock_rate * 2
            pcm = decoder.decode(octets[packet.start : packet.end])
            heard = heard.ljust(at, b"\0")
            heard[at : at + len(pcm)] = pcm
    return bytes(heard)


def longest_hush_ms(heard: bytes) -> float:
    """The longest time without the voice between its first and its last sound."""
    samples = np.frombuffer(heard, "<i2").astype(float)
    step = RATE // 100
    pieces = samples[: len(samples) // step * step].reshape(-1, step)
    loud = np.flatnonzero(np.sqrt((pieces**2).mean(axis=1)) > HUSHED)
    return float((np.diff(loud).max(initial=1) - 1) * 10)


@pytest.mark.requirement("MED-10")
@pytest.mark.parametrize("formats", [("PCMA", "PCMA"), ("PCMA", "opus")])
async def test_two_who_talk_hear_no_gap(
    pbx: Signalling, trio: dict[LegId, Party], formats: tuple[str, str]
) -> None:
    """The supervisor sits down and gets up again in the middle of what is said."""
    a_format, b_format = (FORMATS[name] for name in formats)
    await called(pbx, trio, (a_format, b_format))
    ear = asyncio.ensure_future(hear(trio[B], b_format, SECONDS + 0.5))
    said = asyncio.ensure_future(talk(trio[A], a_format, VOICE))
    for orders in (TABLE, UP):
        await asyncio.sleep(SECONDS / 3)
        pbx.send(*orders)
    await said
    heard = await ear
    assert longest_hush_ms(VOICE) < GAP_MS
    assert longest_hush_ms(heard) < GAP_MS
    assert compare(VOICE, heard).likeness > 0.9


@pytest.mark.requirement("MED-10")
async def test_keys_reach_the_other_party_of_a_watched_call(
    pbx: Signalling, trio: dict[LegId, Party]
) -> None:
    await called(pbx, trio, (ALAW, FORMATS["PCMA"]))
    pbx.send(*TABLE)
    await pbx.settle()
    trio[A].press("5", 96)
    await pbx.expect(DigitReceived)
    keys = [payload[0] async for _, payload in events_of(trio[B], 96, 0.5)]
    assert set(keys) == {5}


def n_kept(folder: Path, stream: int) -> int:
    lines = (folder / f"{RECORDING}.jsonl").read_text().splitlines()
    return sum(json.loads(line).get("stream") == stream for line in lines)


@pytest.mark.requirement("R-08", "R-27")
async def test_who_is_not_heard_stops_no_recording_and_who_is_heard_does(
    pbx: Signalling, trio: dict[LegId, Party], tmp_path: Path
) -> None:
    """The recording is on A's leg; B speaks, and the supervisor's gate is closed all the time."""
    await called(pbx, trio, (MU, MU))
    order = StartRecording(
        recording=RECORDING,
        leg=A,
        tenant="acme",
        call=CALL,
        kind="call",
        recipients=(),
        started_at="2026-01-01T00:00:00Z",
    )
    pbx.send(*TABLE, order, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
    await pbx.expect(RecordingStarted)

    async def kept(*orders: MediaEffect) -> int:
        pbx.send(*orders)
        await pbx.settle()
        trio[A].drain()
        await trio[A].receive()  # the tick of the change is over
        before = n_kept(tmp_path, 1)
        for number in range(N_FRAMES):
            trio[B].send(frame(number))
            trio[S].send(frame(number + 1))
            await trio[A].receive()
        await pbx.settle()
        return n_kept(tmp_path, 1) - before

    assert await kept() >= N_FRAMES - 2
    assert await kept(JoinRoom(leg=S, room="w", role="whisper", target=B)) >= N_FRAMES - 2
    assert await kept(JoinRoom(leg=S, room="w", role="whisper", target=A)) <= 1
    assert await kept(JoinRoom(leg=S, room="w", role="barge")) == 0
    assert await kept(ChangeSeat(leg=S, muted=True)) >= N_FRAMES - 2
    assert await kept(ChangeSeat(leg=S, muted=False), SetGate(leg=S, open=True)) >= N_FRAMES - 2
