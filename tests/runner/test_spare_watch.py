"""The spare spool is watched: where it is, how full, and what is in it."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pbx.core.audit import AuditFact
from pbx.recording.watermarks import NO_SPACE, Level, Space, Watermarks
from pbx.runner import spare_watch
from pbx.runner.spare_watch import AWAY_LOOKS, Look, SpareState, SpareWatch, read, refusal


def look(percent: int = 10, journals: int = 0, *, is_there: bool = True) -> Look:
    space = Space(blocks_used=percent, blocks_left=100 - percent, files_used=0, files_left=0)
    return Look(space=space, n_journals=journals, is_there=is_there)


AWAY = Look(space=NO_SPACE, n_journals=0, is_there=False)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_watch, "EVERY_S", 0.0)


async def watched(file: Path, *found: Look | OSError) -> tuple[list[AuditFact], SpareWatch]:
    """What was told of it."""
    left: Iterator[Look | OSError] = iter(found)
    told: list[AuditFact] = []
    through, loop = asyncio.Event(), asyncio.get_running_loop()

    def next_look() -> Look:
        one = next(left, None)
        if one is None:
            loop.call_soon_threadsafe(through.set)
            raise asyncio.CancelledError
        if isinstance(one, OSError):
            raise one
        return one

    watch = SpareWatch(next_look, told.append, file)
    task = asyncio.create_task(watch.run())
    await asyncio.wait_for(through.wait(), 5)
    with suppress(asyncio.CancelledError):
        await task
    return told, watch


def kinds(told: list[AuditFact]) -> list[str]:
    return [fact.kind for fact in told]


@pytest.mark.requirement("R-16")
async def test_levels_and_use_are_told_once(tmp_path: Path) -> None:
    file = tmp_path / "spare.json"
    told, watch = await watched(file, look(), look(), look(85), look(96, 3), look(96, 4), look(10, 0))
    assert [(fact.kind, fact.details) for fact in told] == [
        ("spool.filling", {"used": "85.0 %", "spool": "spare"}),
        ("spool.full", {"used": "96.0 %", "spool": "spare"}),
        ("spool.spare_used", {"journals": "3"}),
        ("spool.room", {"used": "10.0 %", "spool": "spare"}),
        ("spool.spare_empty", {"journals": "0"}),
    ]
    assert read(file) == SpareState(level=Level.ROOM, used_percent=10.0, journals=0, is_there=True)
    assert watch.accepts


@pytest.mark.parametrize("away", [AWAY, OSError("gone")])
async def test_one_that_is_away_is_told_after_a_while(tmp_path: Path, away: Look | OSError) -> None:
    file = tmp_path / "spare.json"
    told, watch = await watched(file, look(), *(AWAY_LOOKS - 1) * [away])
    assert kinds(told) == []
    assert not watch.accepts
    told, _ = await watched(file, look(), *(AWAY_LOOKS + 3) * [away])
    assert kinds(told) == ["spool.spare_away"]
    assert read(file) == SpareState(level=Level.ROOM, used_percent=10.0, journals=0, is_there=False)
    told, watch = await watched(file, *(AWAY_LOOKS * [away]), look())
    assert kinds(told) == ["spool.spare_away", "spool.spare_back"]
    assert watch.accepts


async def test_a_spare_that_was_never_there_is_written_down(tmp_path: Path) -> None:
    await watched(tmp_path / "spare.json", AWAY)
    assert read(tmp_path / "spare.json") == SpareState()


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert read(tmp_path / "none") is None
    (tmp_path / "junk").write_text("[]")
    assert read(tmp_path / "junk") is None


@pytest.mark.requirement("R-16")
async def test_recordings_are_refused_only_when_neither_has_room(tmp_path: Path) -> None:
    room, full = Watermarks(), Watermarks()
    full.take(96.0)
    _, spare = await watched(tmp_path / "a", look(10))
    _, full_spare = await watched(tmp_path / "b", look(97))
    _, away = await watched(tmp_path / "c", AWAY)
    assert refusal(full, None) == refusal(full, full_spare) == refusal(full, away) == "the spool is 96 % full"
    assert refusal(full, spare) == refusal(room, full_spare) == refusal(room, None) == ""
