"""Spools and alarms, looked up in a thread."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.core.alarm import StandingAlarm
from pbx.runner import disk_watch
from pbx.runner.disk_watch import DiskWatch

ALARM = StandingAlarm(alarm="store_away", since_at=datetime(2026, 11, 24, tzinfo=UTC), text="no route")


async def test_what_lies_there_and_what_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_watch, "EVERY_S", 0.0)
    first, spare = tmp_path / "spool", tmp_path / "spare"
    (first / "quarantine").mkdir(parents=True)
    spare.mkdir()
    for file in (first / "a.jrn", first / "b.jrn", first / "other", first / "quarantine" / "c.jrn"):
        file.touch()
    (spare / "a.jrn2").touch()
    looks, loop, through = iter(range(3)), asyncio.get_running_loop(), asyncio.Event()

    def standing() -> list[StandingAlarm]:
        number = next(looks, None)
        if number is None:
            loop.call_soon_threadsafe(through.set)
            raise OSError("the disk is away")
        return [ALARM]

    watch = DiskWatch({"first": first, "spare": spare}, standing)
    began = watch.newest.at
    task = asyncio.create_task(watch.run())
    await asyncio.wait_for(through.wait(), 5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    found = watch.newest
    assert found.at >= began
    assert found.journals == {"first": 2, "spare": 1}
    assert found.quarantined == 1
    assert found.alarms == {"store_away"}
