"""A machine with two spools, and a recording that goes from one into the other."""

import errno
import os
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.ids import SeededIds
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import journal_part, journal_writer, spools, sync_thread, writer_thread
from pbx.recording.io.journal_files import open_journal, write_octets
from pbx.recording.io.journal_parts import journals
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.reader import decrypt_wav
from pbx.recording.io.spool_pair import MARK, PAIRS, join
from pbx.recording.io.spools import TRIAL, Spools
from pbx.recording.part_join import CHANGED
from tests.integration.finaliser_site import Prompt, Site, open_site, order

N_FRAMES = 400
FRAME_NS = 20_000_000
TAIL_AT = 44 + 14  # octets of WAV before the first sample, as check_stored has it


def spare(site: Site) -> Path:
    return site.root / "spare"


@asynccontextmanager
async def two_spools(tmp_path: Path) -> AsyncIterator[Site]:
    """A machine whose spare is there."""
    async with open_site(tmp_path) as site:
        spare(site).mkdir()
        yield site


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let writers look and give up in fractions of their times."""
    monkeypatch.setattr(writer_thread, "FLUSH_INTERVAL_S", 0.03)
    monkeypatch.setattr(sync_thread, "SYNC_INTERVAL_S", 0.05)
    monkeypatch.setattr(sync_thread, "LET_GO_INTERVAL_S", 0.03)
    monkeypatch.setattr(writer_thread, "LOOK_INTERVAL_S", 0.05)
    monkeypatch.setattr(spools, "LOOK_INTERVAL_S", 0.05)
    monkeypatch.setattr(spools, "STALL_S", 0.5)


def finaliser(site: Site, fault: Callable[[str], None] = lambda _point: None, seed: str = "f") -> Prompt:
    return Prompt(
        *(site.spool, site.vault, site.store, site.ledger),
        ids=SeededIds(seed),
        spare=spare(site),
        fault=fault,
    )


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for what a writer's thread does."""
    give_up = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up, what
        time.sleep(0.01)


def paired(first: Path, second: Path) -> Spools:
    """Both spools, once their threads have found that they belong together."""
    assert join(first, second, ids=SeededIds("pair"), is_empty=not journals(second))
    both = Spools(first, second)
    assert both.spare is not None
    until(lambda: both.spare is not None and both.spare.health.accepts, "the spare is not found")
    return both


def sound(number: int) -> bytes:
    """One frame of G.711 that no other frame is."""
    return struct.pack("!H", number) * 80


def say(writer: JournalWriter, first: int, end: int) -> None:
    """Keep frames of the party, as fast as they are written."""
    for number in range(first, end):
        rtp = struct.pack("!BBHII", 0x80, 0, number, 160 * number, 7) + sound(number)
        writer.packet(0, writer.origin_ns + number * FRAME_NS, rtp)
        if number % 100 == 99:
            until(lambda: not writer.queued, "the journal is not written")


def finish(writer: JournalWriter) -> None:
    writer.close()
    assert journal_writer.drain(10)


async def begin(
    site: Site,
    both: Spools,
    open_file: Callable[[Path, str, bytes], int] = open_journal,
    recording: str = "rec1",
) -> JournalWriter:
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)

    def failed(reason: str) -> None:
        raise AssertionError(reason)

    return JournalWriter.create(both, order(recording, *recipients), on_failure=failed, open_file=open_file)


async def heard(site: Site, row: FinishedRecording) -> bytes:
    """What the party said, as it is in the object."""
    return (await decrypt_wav(row, site.store, await site.key(row)))[TAIL_AT:][0::2]


async def check_whole(site: Site, *, n_frames: int = N_FRAMES, parts: tuple[str, ...] = ("2",)) -> None:
    """One object and one row with all the sound; the spools are empty."""
    assert len(await site.objects_stored()) == len(await site.ledger.list()) == 1
    row = await site.row("rec1")
    assert await heard(site, row) == b"".join(map(sound, range(n_frames)))
    fields = manifest.parse(row.manifest)
    assert (row.recovered, fields["damage"]) == (False, None)
    assert not [gap for gap in fields["gaps"] if gap["ch"] == 1]
    seams = [event["details"]["part"] for event in fields["events"] if event["kind"] == CHANGED]
    assert tuple(seams) == parts
    left = {path.name for folder in (site.spool, spare(site)) for path in folder.iterdir()}
    assert {name for name in left if not name.startswith(TRIAL)} == {PAIRS, MARK}


class Refusing:
    """Writes of the first spool fail from an order on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, spool: Path) -> None:
        self.error = 0
        self._device = spool
        monkeypatch.setattr(journal_part, "write_octets", self._write)
        monkeypatch.setattr(spools, "_takes", lambda path: not self.error or path != spool)

    def _write(self, fd: int, octets: bytes) -> None:
        if self.error and Path(os.readlink(f"/proc/self/fd/{fd}")).parent == self._device:
            write_octets(fd, octets[: len(octets) // 2])  # a disk may take a part of it
            raise OSError(self.error, os.strerror(self.error))
        write_octets(fd, octets)


async def two_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording that went on in the spare after half of it."""
    refusing = Refusing(monkeypatch, site.spool)
    writer = await begin(site, paired(site.spool, spare(site)))
    say(writer, 0, N_FRAMES // 2)
    until(lambda: writer._ring.n_written >= N_FRAMES // 2, "half of it is not written")
    refusing.error = errno.EIO
    say(writer, N_FRAMES // 2, N_FRAMES)
    finish(writer)
    assert [path.name for path in site.spool.glob("*.jrn*")] == ["rec1.jrn"]
    assert [path.name for path in spare(site).glob("*.jrn*")] == ["rec1.jrn2"]
