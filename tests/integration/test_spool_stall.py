"""The spool's disk stands still for two seconds while recordings begin, and nobody notices."""

import asyncio
import os
from pathlib import Path

import pytest

from pbx.core.ids import RecordingId, SeededIds
from pbx.core.io.clock import monotonic
from pbx.media.effects import SetGate
from pbx.media.events import RecordingStarted
from pbx.media.io.tap import MAX_RECORDINGS
from pbx.recording.age import generate_identity
from pbx.recording.journal import Packet
from tests.integration.media_parties import (
    A,
    B,
    Party,
    Signalling,
    bridged,
    connected,
    frame,
    started_worker,
    two_parties,
)
from tests.integration.recorded import opened, recorded

PROGRAM = Path(__file__).with_name("media_worker_with_slow_disk.py")
IDENTITY = generate_identity(SeededIds("slow"))
STALL_S, AFTER_S = 2.0, 1.0  # behind the stall all that has waited is written at once
FRAME_S = 0.02
N_FRAMES = int((STALL_S + AFTER_S) / FRAME_S)
# 200 recordings with no packet later than 5 ms: docs/performance.md. As many as two busy cores carry:
ON_A = tuple(RecordingId(f"a{number}") for number in range(MAX_RECORDINGS))
ON_B = tuple(RecordingId(f"b{number}") for number in range(MAX_RECORDINGS))
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


async def stand_still(pbx: Signalling, fifo: Path) -> None:
    """Let the disk go on after a while: as long as the FIFO has a writer."""
    await asyncio.sleep(STALL_S)
    assert not [event for event in pbx.events if isinstance(event, RecordingStarted)]
    fd = await asyncio.to_thread(os.open, fifo, os.O_WRONLY)
    await pbx.expect(RecordingStarted, len(ON_A) + len(ON_B))
    os.close(fd)


@pytest.mark.requirement("R-26")
async def test_a_stall_of_the_spool_at_the_start_of_recordings_costs_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stall")
    orders = [recorded(leg, IDENTITY, recording=one) for leg, ids in ((A, ON_A), (B, ON_B)) for one in ids]
    with two_parties() as parties:
        async with started_worker(tmp_path, program=PROGRAM):
            pbx = await connected(tmp_path)
            await bridged(pbx, parties)
            pbx.send(*orders, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
            await pbx.settle()
            said, heard, _ = await asyncio.gather(
                talk(parties[0]), hear(parties[1]), stand_still(pbx, tmp_path / "stall")
            )
            await pbx.link.close()
    delays = [came - went for went, came in zip(said, heard, strict=True)]
    print(f"{N_FRAMES} packets, the latest {max(delays) * 1000:.1f} ms late")
    assert max(delays) < MAX_DELAY_S
    frames = [frame(number) for number in range(N_FRAMES)]
    for stream, recordings in ((0, ON_A), (1, ON_B)):
        for one in recordings:
            items = opened(tmp_path, IDENTITY, one)
            kept = [item.rtp[12:] for item in items if isinstance(item, Packet) and item.stream == stream]
            assert kept == frames, one
