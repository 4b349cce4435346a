"""Somebody sets the wall clock while a call is recorded: the audio stays, and the manifest says so."""

import asyncio
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.core.ids import SeededIds
from pbx.core.io.clock import monotonic
from pbx.media.effects import CloseLeg, SetGate
from pbx.media.events import RecordingStarted
from pbx.recording import manifest
from pbx.recording.age import generate_identity, parse_header, unwrap_header
from pbx.recording.clock import STEPPED, Look
from pbx.recording.finalise import read_master
from pbx.recording.io import journal_writer, kernel_clock
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.journal import Note, Packet, split_journal
from pbx.recording.octets import HeldOctets
from pbx.recording.parts import Part
from pbx.recording.sealing import Sealer
from tests.integration.media_parties import (
    A,
    B,
    bridged,
    connected,
    frame,
    started_worker,
    two_parties,
)
from tests.integration.recorded import RECORDING, opened, recorded
from tests.recording.json_schema import faults

IDENTITY = generate_identity(SeededIds("clock"))
PROGRAM = Path(__file__).with_name("media_worker_with_set_clock.py")
NS_PER_S, FRAME_S, PATIENCE_S = 1_000_000_000, 0.02, 5.0
pytestmark = [pytest.mark.requirement("F-25"), pytest.mark.requirement("R-28")]


class SetClock:
    """The clocks of this machine, the wall clock set by hand."""

    def __init__(self) -> None:
        self._ahead_s = self._seen_s = 0
        self._news = threading.Condition()

    def __call__(self) -> Look:
        now = kernel_clock.look()
        with self._news:
            self._seen_s = self._ahead_s
            self._news.notify_all()
        return Look(now.before_ns, now.wall_ns + self._seen_s * NS_PER_S, now.after_ns)

    def set(self, ahead_s: int) -> None:
        """Return when somebody has seen the new time."""
        with self._news:
            self._ahead_s = ahead_s
            assert self._news.wait_for(lambda: self._seen_s == ahead_s, PATIENCE_S)


def steps(spool: Path) -> list[dict[str, int]]:
    """Return the steps that the manifest of the journal would list; it fits its schema."""
    octets = (spool / f"{RECORDING}.jrn").read_bytes()
    header, offset = split_journal(octets)
    found = unwrap_header(parse_header(header), [IDENTITY])
    assert found is not None
    master = read_master([Part(HeldOctets(octets[offset:]), offset, found[0])])
    sealer = Sealer(master, found[0], SeededIds("sealed"))
    assert b"".join(sealer.pieces())
    fields = manifest.parse(manifest.build(master, sealer.sealed("k")))
    assert list(faults(json.loads(manifest.schema()), fields)) == []
    assert not master.recovered
    assert STEPPED not in [event["kind"] for event in fields["events"]]
    listed = fields["clock"]["steps"]
    assert isinstance(listed, list)
    return listed


def test_each_step_is_listed_with_its_time_and_size(tmp_path: Path) -> None:
    clock = SetClock()
    writer = JournalWriter.create(tmp_path, recorded(A, IDENTITY), on_failure=pytest.fail, clock=clock)
    for ahead_s in (3600, -3600, -3595, -3600):
        clock.set(ahead_s)
    writer.close()
    assert journal_writer.drain(PATIENCE_S)
    listed = steps(tmp_path)
    assert [round(one["by_ms"] / 1000) for one in listed] == [3600, -7200, 5, -5]
    times = [one["at_ms"] for one in listed]
    assert times == sorted(times)
    assert times[0] >= 0


def test_the_kernel_says_who_sets_the_clock() -> None:
    found = kernel_clock.discipline()
    assert found.source in ("disciplined", "free-running", "unknown")
    assert (found.max_error_us is None) == (found.source == "unknown")
    look = kernel_clock.look()
    assert look.before_ns <= look.after_ns


def noted(spool: Path) -> list[int]:
    """Return by how many seconds each step in the journal goes, as far as it is written."""
    notes = [item for item in opened(spool, IDENTITY) if isinstance(item, Note) and item.kind == STEPPED]
    return [round(int(note.details["by_ms"]) / 1000) for note in notes]


async def until(is_so: Callable[[], bool]) -> None:
    give_up = monotonic() + PATIENCE_S
    while not is_so():
        assert monotonic() < give_up
        await asyncio.sleep(FRAME_S)


@pytest.mark.proof
async def test_a_worker_whose_clock_is_set_loses_no_audio(tmp_path: Path) -> None:
    """A process of its own, and what it takes for the time goes an hour on, back, and five seconds on."""
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    with two_parties() as parties:
        async with started_worker(tmp_path, program=PROGRAM):
            pbx = await connected(tmp_path)
            await bridged(pbx, parties)
            pbx.send(recorded(A, IDENTITY), SetGate(leg=A, open=True), SetGate(leg=B, open=True))
            await pbx.expect(RecordingStarted)
            said = []
            for number, ahead_s in enumerate((3600, 0, 5)):
                new = tmp_path / "new"
                new.write_text(str(ahead_s))
                os.replace(new, ahead)  # never half a number
                await until(lambda: len(noted(tmp_path)) == number + 1)  # noqa: B023
                said.append(frame(number))
                parties[0].send(said[-1])
                await parties[1].receive()
            pbx.send(CloseLeg(leg=A), CloseLeg(leg=B))
            await pbx.settle()
        listed = steps(tmp_path)
    assert [round(one["by_ms"] / 1000) for one in listed] == [3600, -3600, 5]
    packets = [item.rtp[12:] for item in opened(tmp_path, IDENTITY) if isinstance(item, Packet)]
    assert [one for one in packets if one in said][: len(said)] == said
