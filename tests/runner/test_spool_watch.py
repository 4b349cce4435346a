"""The spool is measured off the loop, other levels are told, and the state is left for `pbx status`."""

import asyncio
import errno
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pbx.core.audit import AuditFact
from pbx.recording.io.spool_space import measure
from pbx.recording.watermarks import Level, Space, Watermarks
from pbx.runner import spool_watch
from pbx.runner.spool_watch import SpoolState, read, watch


def space(percent: int) -> Space:
    return Space(blocks_used=percent, blocks_left=100 - percent, files_used=0, files_left=0)


class Disk:
    """Gives one measurement after the other, then says that it is through."""

    def __init__(self, *found: Space | OSError) -> None:
        self._found: Iterator[Space | OSError] = iter(found)
        self._loop = asyncio.get_running_loop()
        self.is_through = asyncio.Event()
        self.threads: set[int] = set()

    def measure(self) -> Space:
        self.threads.add(threading.get_ident())
        found = next(self._found, None)
        if found is None:
            self._loop.call_soon_threadsafe(self.is_through.set)
            raise OSError(errno.EIO, "it is through")
        if isinstance(found, OSError):
            raise found
        return found


async def watched(disk: Disk, file: Path, marks: Watermarks | None = None) -> list[AuditFact]:
    """What was told of it."""
    told: list[AuditFact] = []
    task = asyncio.create_task(watch(marks or Watermarks(), disk.measure, told.append, file))
    await asyncio.wait_for(disk.is_through.wait(), 5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return told


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_watch, "EVERY_S", 0.0)


@pytest.mark.requirement("R-16")
async def test_each_level_is_told_once(tmp_path: Path) -> None:
    disk = Disk(space(10), space(80), space(81), space(95), space(84), space(1))
    facts = await watched(disk, tmp_path / "spool.json")
    assert [(fact.kind, fact.details["used"]) for fact in facts] == [
        ("spool.filling", "80.0 %"),
        ("spool.full", "95.0 %"),
        ("spool.filling", "84.0 %"),
        ("spool.room", "1.0 %"),
    ]
    assert threading.get_ident() not in disk.threads


async def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    file, marks = tmp_path / "spool.json", Watermarks()
    await watched(Disk(space(96), space(90)), file, marks)
    assert read(file) == SpoolState(level=Level.FULL, used_percent=90.0)
    assert marks.refusal() == "the spool is 90 % full"


async def test_a_spool_that_cannot_be_read_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = OSError(errno.ENOENT, "gone")
    await watched(Disk(gone, gone, space(1), gone), tmp_path / "none" / "spool.json")
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 2
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"level": "high", "used_percent": 1}', "null"])
def test_a_file_without_sense_tells_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "spool.json").write_text(text)
    assert read(tmp_path / "spool.json") is None
    assert read(tmp_path / "none") is None


def test_a_real_file_system_has_a_share_that_is_used(tmp_path: Path) -> None:
    found, there = measure(tmp_path), os.statvfs(tmp_path)
    assert found.blocks_used + found.blocks_left <= there.f_blocks
    assert 0.0 <= found.used_percent <= 100.0
    with pytest.raises(FileNotFoundError):
        measure(tmp_path / "none")
