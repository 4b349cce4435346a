"""The spool's disk refuses, fails or stands still in the middle of a recording: it goes on in the spare."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.core.ids import SeededIds
from pbx.media.effects import StartRecording
from pbx.recording import manifest
from pbx.recording.age import generate_identity, parse_header, unwrap_header
from pbx.recording.io import journal_part, journal_writer, spools
from pbx.recording.io.journal_files import open_journal, write_octets
from pbx.recording.io.journal_parts import journals
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.spool_pair import MARK, join
from pbx.recording.journal import Item, JournalReader, Packet, split_journal
from pbx.recording.part_join import PartJoin
from tests.integration.finaliser_site import Site, open_site, order
from tests.integration.small_disk import small_disk
from tests.integration.spare_site import (
    N_FRAMES,
    Refusing,
    begin,
    check_whole,
    finaliser,
    finish,
    heard,
    hurry,
    paired,
    say,
    sound,
    spare,
    two_spools,
    until,
)

IDENTITY = generate_identity(SeededIds("spare"))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with two_spools(tmp_path) as one:
        yield one


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.mark.requirement("R-16")
async def test_a_disk_that_fills_up_during_a_recording_costs_nothing(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        spare(site).mkdir()
        n_frames = 2000  # 344,000 octets
        with small_disk(site.spool, "256k"):
            both = paired(site.spool, spare(site))
            writer = await begin(site, both)
            say(writer, 0, n_frames)
            assert not both.first.health.accepts
            (await begin(site, both, recording="rec2")).close()
            until(lambda: "rec2" in journals(spare(site)), "the second recording does not begin there")
            assert journals(site.spool) == {"rec1"}
            finish(writer)
            assert await finaliser(site).scan(0.0) == 2
            row = await site.row("rec1")
            assert await heard(site, row) == b"".join(map(sound, range(n_frames)))
            assert not row.recovered
            reasons = [one["details"]["reason"] for one in manifest.parse(row.manifest)["events"]]
            assert reasons == [os.strerror(errno.ENOSPC)]
            assert not journals(site.spool, spare(site))


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS])
async def test_a_disk_that_fails_costs_nothing_and_gets_no_new_recordings_until_it_is_calm(
    site: Site, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr("pbx.recording.spool_health.CALM_S", 0.3)
    refusing = Refusing(monkeypatch, site.spool)
    both = paired(site.spool, spare(site))
    writer = await begin(site, both)
    say(writer, 0, 200)
    refusing.error = number
    say(writer, 200, N_FRAMES)
    assert both.choose() is both.spare
    refusing.error = 0
    until(lambda: both.choose() is both.first, "the spool is not used again")
    finish(writer)
    assert await finaliser(site).scan(0.0) == 1
    await check_whole(site)


@pytest.mark.requirement("R-16")
async def test_when_the_spare_refuses_too_the_first_one_is_tried_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Refusing(monkeypatch, site.spool), None
    both = paired(site.spool, spare(site))
    writer = await begin(site, both)
    say(writer, 0, 100)
    first.error = errno.ENOSPC
    say(writer, 100, 200)
    first.error = 0
    until(lambda: both.first.health.answers, "the first does not answer")
    second = Refusing(monkeypatch, spare(site))
    second.error = errno.EIO
    say(writer, 200, N_FRAMES)
    finish(writer)
    assert sorted(path.name for path in site.spool.glob("*.jrn*")) == ["rec1.jrn", "rec1.jrn3"]
    second.error = 0
    assert await finaliser(site).scan(0.0) == 1
    await check_whole(site, parts=("2", "3"))


@pytest.mark.requirement("R-17")
async def test_when_both_refuse_the_recording_fails_once_and_what_there_is_is_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = paired(site.spool, spare(site))
    reasons: list[str] = []
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    writer = JournalWriter.create(both, order("rec1", *recipients), on_failure=reasons.append)
    say(writer, 0, 100)

    def refuse(_fd: int, _octets: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(journal_part, "write_octets", refuse)
    monkeypatch.setattr(spools, "_takes", lambda _path: False)
    writer.note("k", {}, 1)
    await asyncio.to_thread(until, lambda: bool(reasons), "nobody is told")
    finish(writer)
    assert reasons == [os.strerror(errno.ENOSPC)]
    assert await finaliser(site).scan(0.0) == 1
    row = await site.row("rec1")
    assert row.recovered
    assert await heard(site, row) == b"".join(map(sound, range(100)))


@pytest.mark.requirement("R-26")
async def test_a_disk_that_stands_still_is_left_and_what_it_takes_later_is_not_heard_twice(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, goes, waits = threading.Event(), threading.Event(), threading.Event()

    def write(fd: int, octets: bytes) -> None:
        if stands.is_set() and Path(os.readlink(f"/proc/self/fd/{fd}")).parent == site.spool:
            waits.set()
            assert goes.wait(20)
        write_octets(fd, octets)

    monkeypatch.setattr(journal_part, "write_octets", write)
    both = paired(site.spool, spare(site))
    writer = await begin(site, both)
    say(writer, 0, 200)
    stands.set()
    say(writer, 200, N_FRAMES)
    assert waits.is_set()
    writer.close()
    until(lambda: bool(journals(spare(site))), "it does not go on")
    assert await finaliser(site).scan(0.0) == 0, "the thread still has the first part"
    goes.set()
    assert journal_writer.drain(10)
    assert await finaliser(site, seed="g").scan(100.0) == 1
    await check_whole(site)


@pytest.mark.requirement("R-10")
async def test_a_disk_that_takes_all_and_never_ends_a_sync_is_left(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, goes, waits = threading.Event(), threading.Event(), threading.Event()
    real = journal_part._syncfs
    assert real is not None

    def sync(fd: int) -> int:
        if stands.is_set() and Path(os.readlink(f"/proc/self/fd/{fd}")).parent == site.spool:
            waits.set()
            assert goes.wait(20)
        return real(fd)

    monkeypatch.setattr(journal_part, "_syncfs", sync)
    both = paired(site.spool, spare(site))
    writer = await begin(site, both)
    say(writer, 0, 100)
    stands.set()
    assert waits.wait(5)
    say(writer, 100, 200)  # into the memory that the disk has not emptied
    until(lambda: bool(journals(spare(site))), "it does not go on")
    assert both.choose() is both.spare
    say(writer, 200, N_FRAMES)
    writer.close()
    assert await finaliser(site).scan(0.0) == 0, "the first part is not on its disk"
    goes.set()
    assert journal_writer.drain(10)
    assert await finaliser(site, seed="g").scan(100.0) == 1
    await check_whole(site)


async def test_a_disk_that_stands_still_when_a_recording_begins_leaves_no_empty_part(site: Site) -> None:
    goes = threading.Event()

    def wait(folder: Path, name: str, start: bytes) -> int:
        if folder == site.spool:
            assert goes.wait(20)
        return open_journal(folder, name, start)

    writer = await begin(site, paired(site.spool, spare(site)), wait)
    say(writer, 0, N_FRAMES)
    goes.set()
    finish(writer)
    assert not journals(site.spool)
    assert await finaliser(site).scan(0.0) == 1
    await check_whole(site, parts=())


async def test_a_recording_of_somebody_else_is_never_continued(site: Site) -> None:
    both = paired(site.spool, spare(site))
    (site.spool / "rec1.jrn").write_bytes(b"the first")
    reasons: list[str] = []
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    JournalWriter.create(both, order("rec1", *recipients), on_failure=reasons.append)
    await asyncio.to_thread(until, lambda: bool(reasons), "nobody is told")
    assert reasons == ["the spool refuses a journal: File exists"]
    assert not journals(spare(site))


async def test_a_spare_that_is_not_its_own_is_not_written_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = paired(site.spool, spare(site))
    (spare(site) / MARK).unlink()
    until(lambda: both.spare is not None and not both.spare.health.answers, "nobody notices")
    refusing = Refusing(monkeypatch, site.spool)
    refusing.error = errno.ENOSPC
    reasons: list[str] = []
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    writer = JournalWriter.create(both, order("rec1", *recipients), on_failure=reasons.append)
    writer.note("k", {}, 1)
    await asyncio.to_thread(until, lambda: bool(reasons), "it does not fail")
    finish(writer)
    assert not journals(spare(site))


_CHILD = """
import json, os, sys, time
from pathlib import Path
from pbx.media.effects import StartRecording
from pbx.recording.io import writer_thread
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.spools import Spools
writer_thread.LOOK_INTERVAL_S = 0.05
first, spare, order = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
both = Spools(first, spare)
while not both.spare.health.accepts:
    time.sleep(0.01)
writer = JournalWriter.create(both, StartRecording(**order), on_failure=lambda reason: os._exit(3))
for i in range(5000):
    now = time.monotonic_ns()
    writer.packet(0, now, (b"\\x80\\0" + i.to_bytes(2, "big") + bytes(8)) + i.to_bytes(2, "big") * 400)
    os.write(2, b"%d\\n" % now)
    time.sleep(0.005)
"""


def killed(command: list[str], second: Path) -> list[int]:
    """Let a process record until it has gone on in the second spool, and kill it; return when it had what."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    had = [int(process.stderr.readline())]
    while not journals(second):
        had.append(int(process.stderr.readline()))
    had += [int(process.stderr.readline()) for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    had += [int(line) for line in process.stderr.read().splitlines(keepends=True) if line.endswith(b"\n")]
    process.wait(10)
    process.stderr.close()
    return had


def kept(*files: Path) -> list[int]:
    """The arrival of each packet in the parts of a journal."""
    read: list[Item] = []
    parts = PartJoin()
    for number, file in enumerate(files, start=1):
        octets = file.read_bytes()
        header, offset = split_journal(octets)
        opened = unwrap_header(parse_header(header), [IDENTITY])
        assert opened is not None
        parts.begin(number)
        reader = JournalReader(opened[0], offset, number)
        taken = [parts.take(item) for item in reader.read(octets[offset:])]
        read += [item for item in taken if item is not None]
        parts.end(reader.damage if number < len(files) else None)
    assert parts.damage is None
    return [item.arrival_ns for item in read if isinstance(item, Packet)]


@pytest.mark.requirement("R-09")
def test_killed_behind_the_seam_a_process_loses_less_than_270_ms(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.mkdir()
    with small_disk(first, "64k"):
        assert join(first, second, ids=SeededIds("pair"), is_empty=True)
        wanted = order("rec1", str(IDENTITY.recipient))
        fields = json.dumps({name: getattr(wanted, name) for name in StartRecording.__dataclass_fields__})
        had = killed([sys.executable, "-c", _CHILD, str(first), str(second), fields], second)
        found = kept(first / "rec1.jrn", second / "rec1.jrn2")
    assert found == had[: len(found)]
    assert had[-1] - found[-1] <= 270_000_000
    print(f"{len(had)} packets, {(had[-1] - found[-1]) / 1e6:.0f} ms of them lost")
