"""A party that sends a hundred times what a voice needs: it is recorded, and so is who gets a part of it."""

import asyncio
import os
from pathlib import Path

import pytest

from pbx.core.ids import SeededIds
from pbx.core.io.clock import monotonic
from pbx.core.srtp import Suite
from pbx.media import packet_cap
from pbx.media.effects import BridgeLegs, CloseLeg, SetGate, StopRecording
from pbx.media.events import LegClosed, RecordingStarted, RecordingStopped
from pbx.media.io import worker
from pbx.recording.age import generate_identity
from pbx.recording.journal import End, Packet
from pbx.recording.packet_rate import BURST, MAX_PER_S
from tests.integration.media_parties import (
    A,
    B,
    Party,
    attach,
    bridged,
    connected,
    frame,
    started_worker,
    two_parties,
)
from tests.integration.recorded import opened, recorded
from tests.integration.test_srtp import SecureParty, secured

IDENTITY = generate_identity(SeededIds("flood"))
ORDER = recorded(A, IDENTITY)
FRAME_S = 0.02
N_FRAMES = 100  # two seconds
N_COPIES = 100
MAX_COST_S = 100e-6  # of CPU for a packet of a flood: 5,000 a second take half a core at most


def overrun(port: int) -> int:
    """Return how many packets the kernel has dropped because nobody took them from a UDP port in time."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if int(row[1].partition(":")[2], 16) == port)


def n_waiting(party: Party) -> int:
    """Return how many packets a party has got and not read."""
    n_packets = 0
    while not party.is_quiet():
        n_packets += 1
    return n_packets


async def talk(flooder: Party, calm: Party) -> tuple[float, int]:
    """Say a frame each 20 ms, one of the two a hundred times; return how long it took, and what was heard."""
    began = due = monotonic()
    n_heard = 0
    for number in range(N_FRAMES):
        octets = flooder.send(frame(number))
        for _ in range(N_COPIES - 1):
            flooder.put(octets)
        calm.send(frame(number))
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - monotonic()))
        n_heard += n_waiting(calm)
    return monotonic() - began, n_heard


@pytest.mark.requirement("R-30")
@pytest.mark.requirement("S-28")
async def test_a_party_that_floods_is_recorded_and_so_is_the_other(tmp_path: Path) -> None:
    with two_parties() as parties:
        async with started_worker(tmp_path, program=Path(worker.__file__)):
            pbx = await connected(tmp_path)
            await bridged(pbx, parties)
            pbx.send(ORDER, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
            await pbx.expect(RecordingStarted)
            await pbx.settle()
            lasted_s, n_passed_on = await talk(*parties)
            await pbx.settle()
            n_overrun = overrun(parties[0].to[1])
            pbx.send(StopRecording(recording=ORDER.recording))
            await pbx.expect(RecordingStopped)
            pbx.send(CloseLeg(leg=A))
            await pbx.settle()
            [stats] = [e.stats for e in pbx.events if isinstance(e, LegClosed) and e.leg == A]
            await pbx.link.close()
    kept = opened(tmp_path, IDENTITY)
    assert isinstance(kept[-1], End)
    said = [[one for one in kept if isinstance(one, Packet) and one.stream == stream] for stream in (0, 1)]
    voices = [{one.rtp[12:] for one in stream} for stream in said]
    spoken = {frame(number) for number in range(N_FRAMES)}
    assert voices[1] == spoken, "the calm one is whole"
    missing = spoken - voices[0]
    assert len(missing) * N_COPIES <= n_overrun, "what a busy machine lost before we saw it, and nothing else"
    assert len(said[0]) <= BURST + MAX_PER_S * (lasted_s + 1.0)
    n_allowed = packet_cap.BURST + packet_cap.MAX_PER_S * (lasted_s + 1.0)
    assert N_FRAMES * 0.9 < n_passed_on <= n_allowed
    assert stats.capped > 0.2 * N_FRAMES * N_COPIES
    print(f"{n_passed_on} of the flood passed on, {len(said[0])} kept, {stats.capped} dropped")


@pytest.mark.proof
@pytest.mark.requirement("R-30")
@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"])
async def test_a_party_that_floods_with_authentic_packets(tmp_path: Path, suite: Suite) -> None:
    """Each of its 5,000 packets a second is opened before it is counted: what that costs, and who suffers."""
    with two_parties() as (flooder, calm):
        secure = SecureParty(flooder, suite, "flood")
        async with started_worker(tmp_path, program=Path(worker.__file__)) as process:
            pbx = await connected(tmp_path)
            await secured(pbx, A, flooder, secure.keys)
            await attach(pbx, B, calm)
            pbx.send(BridgeLegs(a=A, b=B), ORDER, SetGate(leg=A, open=True), SetGate(leg=B, open=True))
            await pbx.expect(RecordingStarted)
            await pbx.settle()
            began_s = cpu_s(process.pid)
            lasted_s, n_passed_on = await flood(flooder, calm)
            await pbx.settle()
            spent_s = cpu_s(process.pid) - began_s
            pbx.send(StopRecording(recording=ORDER.recording))
            await pbx.expect(RecordingStopped)
            pbx.send(CloseLeg(leg=A))
            await pbx.settle()
            [stats] = [e.stats for e in pbx.events if isinstance(e, LegClosed) and e.leg == A]
            await pbx.link.close()
    kept = opened(tmp_path, IDENTITY)
    said = [[one for one in kept if isinstance(one, Packet) and one.stream == stream] for stream in (0, 1)]
    assert {one.rtp[12:] for one in said[1]} == {frame(number) for number in range(N_FRAMES)}
    assert len(said[0]) <= BURST + MAX_PER_S * (lasted_s + 1.0)
    assert n_passed_on <= packet_cap.BURST + packet_cap.MAX_PER_S * (lasted_s + 1.0)
    n_taken = stats.received + stats.capped
    assert stats.capped > 0.2 * N_FRAMES * N_COPIES
    assert stats.refused == 0, "all of them are the party's own"
    print(
        f"{suite}: {n_taken} packets opened in {lasted_s:.1f} s, {n_passed_on} passed on, "
        f"{len(said[0])} kept, {stats.capped} dropped; the worker took {spent_s / lasted_s:.0%} of a core"
    )
    assert spent_s / n_taken < MAX_COST_S


async def flood(flooder: Party, calm: Party) -> tuple[float, int]:
    """Say a frame each 20 ms, and one of the two ninety-nine others; the same result as `talk`."""
    began = due = monotonic()
    n_heard = 0
    for number in range(N_FRAMES):
        for copy in range(N_COPIES):
            flooder.send(frame(number + copy))
        calm.send(frame(number))
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - monotonic()))
        n_heard += n_waiting(calm)
    return monotonic() - began, n_heard


def cpu_s(pid: int) -> float:
    """Return what a process has taken of the machine, by its own and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
