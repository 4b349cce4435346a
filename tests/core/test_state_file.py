"""State files: written whole, by turns of what has changed, for their owner alone."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from pbx.core.io.state_file import StateForm, keep_state, write_state

FORM: StateForm[int] = StateForm(what="the numbers", every_s=0.001, text=str)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("stays", [False, True])
async def test_what_changes_is_written_and_stays_if_it_has_to(tmp_path: Path, *, stays: bool) -> None:
    file, looks = tmp_path / "numbers.json", asyncio.Queue[tuple[int, int]]()
    told = iter([7, 7, 8])

    def look() -> int:
        looks.put_nowait((now := next(told, 8), file.stat().st_ino if file.exists() else 0))
        return now

    form: StateForm[int] = StateForm(what="the numbers", every_s=0.001, text=str, stays=stays)
    task = asyncio.create_task(keep_state(file, look, form))
    found = [await looks.get() for _ in range(5)]
    assert [number for number, _ in found] == [7, 7, 8, 8, 8]
    places = [place for _, place in found]
    assert places[0] == 0 and places[1] == places[2] and places[3] == places[4] != places[2]
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("8", 0o600)
    await ended(task)
    assert file.exists() == stays


async def test_a_full_disk_ends_nothing_and_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    looks = asyncio.Queue[int]()

    def look() -> int:
        looks.put_nowait(1)
        return looks.qsize()  # another one each time

    task = asyncio.create_task(keep_state(tmp_path / "none" / "numbers.json", look, FORM))
    await looks.get()
    await looks.get()
    assert not task.done()
    assert "the numbers are not written" in caplog.text
    await ended(task)


def test_what_a_killed_process_left_does_not_open_the_next_file(tmp_path: Path) -> None:
    file, left = tmp_path / "numbers.json", tmp_path / "numbers.new"
    left.write_text("half a file, which is longer")
    left.chmod(0o666)
    before = os.umask(0)
    try:
        write_state(file, "1")
    finally:
        os.umask(before)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("1", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_the_old_file_stays_where_the_new_one_has_no_place(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    write_state(file, "1")
    (tmp_path / "numbers.new").mkdir()
    with pytest.raises(OSError):
        write_state(file, "2")
    assert file.read_text() == "1"
