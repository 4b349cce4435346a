"""What `pbx status` reads of the recorders is what signalling wrote, or nothing."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from pbx.runner.recorder_states import keep, read
from pbx.siprec.health import RecorderState

UP = RecorderState(state="up", since="2026-11-24T09:00:00+00:00", forks=2)


async def test_what_is_written_is_read_until_the_process_ends(tmp_path: Path) -> None:
    file, seen = tmp_path / "recorders.json", asyncio.Event()

    def states() -> dict[str, RecorderState]:
        asyncio.get_running_loop().call_soon(seen.set)  # after the file has been written
        return {"acme/srs@192.0.2.1": UP}

    task = asyncio.create_task(keep(file, states))
    await seen.wait()
    assert read(file) == {"acme/srs@192.0.2.1": UP}
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert not file.exists()


async def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    seen = asyncio.Event()

    def states() -> dict[str, RecorderState]:
        asyncio.get_running_loop().call_soon(seen.set)
        return {"acme/srs@192.0.2.1": UP}

    task = asyncio.create_task(keep(tmp_path / "none" / "recorders.json", states))
    await seen.wait()
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"state": "far"}}', "null"])
def test_a_file_without_sense_tells_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "recorders.json").write_text(text)
    assert read(tmp_path / "recorders.json") == {}
    assert read(tmp_path / "none") == {}
