"""The spool's disk stands still for two seconds while a recording begins, and nobody notices."""

import asyncio
import os
from pathlib import Path

import pytest

from pbx.core.ids import RecordingId, SeededIds
from pbx.core.io.clock import monotonic
from pbx.media.effects import SetGate, StartRecording
from pbx.media.events import RecordingStarted
from pbx.recording.age import generate_identity, parse_header, unwrap_header
from pbx.recording.journal import JournalReader, Packet, split_journal
from tests.integration.media_parties import (
    CALL,
    A,
    B,
    Party,
    bridged,
    connected,
    frame,
    started_worker,
    two_parties,
)

PROGRAM = Path(__file__).with_name("media_worker_with_slow_disk.py")
IDENTITY = generate_identity(SeededIds("slow"))
STALL_S = 2.0
FRAME_S = 0.02
N_FRAMES = int(STALL_S / FRAME_S)
# The parties, the worker and other tests share two cores; a loop that waited would be late by the stall.
MAX_DELAY_S = 0.3


async def talk(party: Party) -> list[float]:
    """Say a frame each 20 ms; return when each was said."""
    said: list[float] = []
    due = monotonic()
    for number in range(N_FRAMES):
        said.append(monotonic())
        party.send(frame(number))
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - monotonic()))
    return said


async def hear(party: Party) -> list[float]:
    """When each frame came."""
    heard: list[float] = []
    while len(heard) < N_FRAMES:
        await party.receive()
        heard.append(monotonic())
    return heard


def packets(path: Path) -> list[Packet]:
    octets = path.read_bytes()
    header, offset = split_journal(octets)
    opened = unwrap_header(parse_header(header), [IDENTITY])
    assert opened is not None
    return [one for one in JournalReader(opened[0], offset).read(octets[offset:]) if isinstance(one, Packet)]


@pytest.mark.requirement("R-26")
async def test_a_stall_of_the_spool_at_the_start_of_a_recording_costs_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stall")
    order = StartRecording(
        recording=RecordingId("rec"),
        leg=A,
        tenant="acme",
        call=CALL,
        kind="call",
        recipients=(str(IDENTITY.recipient),),
        started_at="2026-01-01T00:00:00Z",
    )
    with two_parties() as parties:
        async with started_worker(tmp_path, program=PROGRAM):
            pbx = await connected(tmp_path)
            await bridged(pbx, parties)
            pbx.send(order, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
            await pbx.settle()
            said, heard = await asyncio.gather(talk(parties[0]), hear(parties[1]))
            assert not [event for event in pbx.events if isinstance(event, RecordingStarted)]
            os.close(os.open(tmp_path / "stall", os.O_WRONLY))
            await pbx.expect(RecordingStarted)
            await pbx.link.close()
    delays = [came - went for went, came in zip(said, heard, strict=True)]
    print(f"{N_FRAMES} packets, the latest {max(delays) * 1000:.1f} ms late")
    assert max(delays) < MAX_DELAY_S
    kept = packets(tmp_path / "rec.jrn")
    assert [one.rtp[12:] for one in kept if one.stream == 0] == [frame(number) for number in range(N_FRAMES)]
