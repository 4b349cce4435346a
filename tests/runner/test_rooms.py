"""What `pbx conferences` reads is what signalling wrote, or nothing."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from pbx.call.conferences import SeatView
from pbx.core.ids import CallId, LegId
from pbx.runner.rooms import MAX_SEATS, Rooms, keep, read

SEAT = SeatView(leg=LegId("a"), call=CallId("c"), party="extension/1001", muted=False, talks=True)
ROOMS: Rooms = {"acme/team": (SEAT, SEAT), "acme/board": (SEAT,)}


async def test_what_is_written_is_read_by_its_owner_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    file, seen = tmp_path / "rooms.json", asyncio.Queue[int]()

    def view(max_seats: int) -> Rooms:
        seen.put_nowait(max_seats)
        return ROOMS

    task = asyncio.create_task(keep(file, view))
    assert await seen.get() == MAX_SEATS
    assert read(file) == ROOMS
    assert file.stat().st_mode & 0o777 == 0o600
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen = asyncio.Event()

    def view(_: int) -> Rooms:
        seen.set()
        return ROOMS

    task = asyncio.create_task(keep(tmp_path / "none" / "rooms.json", view))
    await seen.wait()
    assert not task.done()
    assert "the conferences are not written" in caplog.text
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": [{"leg": "x"}]}', "null"])
def test_a_file_without_sense_tells_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "rooms.json").write_text(text)
    assert read(tmp_path / "rooms.json") == {}
    assert read(tmp_path / "none") == {}
