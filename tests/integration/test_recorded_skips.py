"""Packets that are no speech, or not heard, use up sequence numbers: a recording does not call them lost."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.audio import Direction
from pbx.core.ids import Token
from pbx.media.comfort_noise import FLOOR_LEVEL, HANGOVER_MS
from pbx.media.effects import ConnectLeg, Play, SetGate, SilenceSource, ToneSource
from pbx.media.events import PlayEnded, RecordingStarted
from pbx.media.rtp import RtpPacket
from pbx.recording.journal import Packet
from pbx.recording.timeline import align
from tests.integration.media_parties import (
    MU,
    A,
    B,
    Party,
    Signalling,
    attach,
    bridged,
    frame,
    skipped,
)
from tests.integration.recorded import RECORDING, recorded

FRAME_NS = 20_000_000


async def say(parties: tuple[Party, Party], n_frames: int) -> None:
    """A talks and B has heard it, so that the worker is through with all that A sent before."""
    for number in range(n_frames):
        parties[0].send(frame(number))
    heard = 0
    while heard < n_frames:
        packet, _ = await parties[1].receive()
        heard += packet.payload_type == 0


async def turn(pbx: Signalling, party: Party, direction: Direction) -> None:
    pbx.send(ConnectLeg(leg=A, host="127.0.0.1", port=party.port, format=MU, direction=direction))
    await pbx.settle()


def journal(folder: Path, stream: int) -> list[Packet]:
    """One stream as if its packets had come 20 ms apart, which is how they are numbered."""
    lines = [json.loads(line) for line in (folder / f"{RECORDING}.jsonl").read_text().splitlines()]
    packets = [bytes.fromhex(line["rtp"]) for line in lines if line.get("stream") == stream]
    return [Packet(stream, n * FRAME_NS, rtp) for n, rtp in enumerate(packets)]


def causes(packets: list[Packet], channel: int) -> list[tuple[str, int]]:
    return [(gap.cause, gap.length) for gap in align(packets, 0).gaps if gap.channel == channel]


@pytest.mark.requirement("R-04")
@pytest.mark.rfc("4733", "2.5.1.1")
async def test_a_key_noise_and_a_hold_are_not_called_loss(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    party = parties[0]
    await bridged(pbx, parties)
    order = recorded(A)
    pbx.send(order, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
    await pbx.expect(RecordingStarted)

    await say(parties, 5)
    party.press("7")
    await say(parties, 5)
    party.send(b"\x40", 13)  # comfort noise, then nothing for 100 ms
    party.time += 799
    await say(parties, 5)
    await turn(pbx, party, "inactive")
    for number in range(10):
        party.send(frame(number))
    await pbx.settle()
    await pbx.settle()  # the packets lay there before the second order
    await turn(pbx, party, "sendrecv")
    await say(parties, 5)
    party.seq += 2  # on the network
    party.time += 320
    await say(parties, 5)

    assert causes(journal(tmp_path, 0), 1) == [("event", 480), ("noise", 800), ("hold", 1600), ("loss", 320)]
    bare = [packet.rtp for packet in journal(tmp_path, 0) if len(packet.rtp) < 172]
    assert {len(rtp) for rtp in bare} == {12}  # no payload of an event, which is the digit


@pytest.mark.requirement("R-04")
async def test_a_key_that_is_passed_on_is_no_loss_of_the_other_channel(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    await bridged(pbx, parties)
    order = recorded(B)
    pbx.send(order, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
    await pbx.expect(RecordingStarted)
    await say(parties, 5)
    parties[0].press("7")
    await say(parties, 5)
    assert causes(journal(tmp_path, 1), 2) == [("event", 480)]


@pytest.mark.requirement("R-04")
@pytest.mark.requirement("MED-11")
@pytest.mark.rfc("3389", "4")
@pytest.mark.rfc("3551", "4.1")
async def test_silence_of_ours_is_comfort_noise_and_recorded_as_such(
    pbx: Signalling, parties: tuple[Party, Party], tmp_path: Path
) -> None:
    party = parties[0]
    await attach(pbx, A, party, replace(MU, comfort_noise_type=13))
    order = recorded(A)
    pbx.send(order)
    tone = ToneSource(country="gb", tone="dial", duration_ms=100)
    pbx.send(Play(leg=A, token=Token(1), sources=(tone, SilenceSource(duration_ms=600), tone)))
    await pbx.expect(PlayEnded)
    n_audio = (200 + HANGOVER_MS) // 20
    got: list[tuple[RtpPacket, bytes]] = [await party.receive() for _ in range(n_audio + 1)]
    assert party.is_quiet(), "nothing is sent for what the party makes itself"
    n_before = (100 + HANGOVER_MS) // 20
    noise, payload = got[n_before]
    assert (noise.payload_type, noise.marker, payload) == (13, False, bytes([FLOOR_LEVEL]))
    assert [packet.payload_type for packet, _ in got].count(0) == n_audio
    rested = 8 * (600 - HANGOVER_MS)
    due = [160] * n_before + [rested] + [160] * (n_audio - n_before - 1)
    late = skipped([packet for packet, _ in got], due)
    marked = [n for n, (packet, _) in enumerate(got) if n and packet.marker]
    assert marked == [n for n in range(1, n_audio + 1) if n == n_before + 1 or late[n - 1]]
    assert [packet.seq for packet, _ in got] == [(got[0][0].seq + n) % 2**16 for n in range(len(got))]
    found = causes(journal(tmp_path, 1), 2)
    assert ("noise", rested) in found
    assert sorted(length for _, length in found) == sorted([rested, *(one for one in late if one)])
