"""Children that do not serve: the start does without those that it does not need, and with no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx import supervisor
from pbx.children import Child
from pbx.config.places import Places
from pbx.core.errors import CANNOT_START, StorageError
from pbx.core.io.alarms import AlarmFolder
from pbx.supervisor import Supervisor

WAIT_S = 20.0


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr(supervisor, "START_S", 2.0)
    monkeypatch.setattr(supervisor, "OPTIONAL_S", 0.05)
    monkeypatch.setattr(supervisor, "LATER_S", 0.05)
    places = Places(tmp_path)
    places.make()
    return places


def moody(places: Places, name: str, serves_from: int, *, code: int | None = None, needed: bool) -> Child:
    words = (str(serves_from), str(places.base / f"{name}.lives"), *(() if code is None else (str(code),)))
    argv = ("tests.integration.moody_child", *words)
    return Child(name=name, argv=argv, speaks=True, has_nursery=False, is_needed=needed)


@asynccontextmanager
async def started(places: Places, *wanted: Child) -> AsyncIterator[asyncio.Queue[str]]:
    """What it reports, while it runs."""
    said = asyncio.Queue[str]()
    one = Supervisor(list(wanted), places, said.put_nowait)
    async with asyncio.TaskGroup() as group:
        try:
            await one.start(group)
            yield said
        finally:
            await one.stop()


async def until_said(said: asyncio.Queue[str], words: str) -> str:
    async with asyncio.timeout(WAIT_S):
        while words not in (line := await said.get()):
            pass
    return line


def alarms(places: Places) -> dict[str, str]:
    return {one.alarm: one.text for one in AlarmFolder(places.alarms).standing()}


@pytest.mark.parametrize("code", [None, 1])
async def test_a_desk_that_does_not_serve_is_told_restarted_and_no_reason_to_stop(
    places: Places, code: int | None
) -> None:
    """It is silent, or ends at once again and again."""
    first_that_serves = 2 if code is None else 5
    desk = moody(places, "desk", first_that_serves, code=code, needed=False)
    AlarmFolder(places.alarms).settle("playback_away", "it was wanted when the PBX ran last")
    async with started(places, desk, moody(places, "vault", 1, needed=True)) as said:
        line = await until_said(said, "the PBX goes on without it")
        log = places.logs / "desk.log"
        why = (
            f"desk does not serve after 2 s, see {log}" if code is None else "desk: there is no place for it"
        )
        assert line == f"{why}; the PBX goes on without it"
        await until_said(said, "desk serves")
        assert alarms(places) == {}
    lives = (places.base / "desk.lives").stat().st_size
    assert (lives, (places.base / "vault.lives").stat().st_size) == (first_that_serves, 1)


async def test_the_alarm_stands_until_it_serves(places: Places) -> None:
    desk = moody(places, "desk", 99, code=CANNOT_START, needed=False)
    async with started(places, desk, moody(places, "vault", 1, needed=True)) as said:
        for _ in range(2):
            await until_said(said, "the PBX goes on without it")
            assert alarms(places) == {"desk_away": "desk: there is no place for it"}
    assert alarms(places), "and longer than the PBX"


async def test_a_needed_one_that_does_not_serve_ends_the_start(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "START_S", 0.2)
    vault = moody(places, "vault", 99, needed=True)
    with pytest.raises(ExceptionGroup) as raised:
        async with started(places, vault, moody(places, "desk", 1, needed=False)):
            pytest.fail("it has no vault")
    (error,) = raised.value.exceptions
    assert isinstance(error, StorageError)
    assert str(error) == f"vault does not start, see {places.logs / 'vault.log'}"
    vault = moody(places, "vault", 99, code=CANNOT_START, needed=True)
    monkeypatch.setattr(supervisor, "START_S", WAIT_S)
    with pytest.raises(ExceptionGroup) as raised:
        async with started(places, vault):
            pytest.fail("it has no vault")
    assert str(raised.value.exceptions[0]) == "vault: there is no place for it"


async def test_stopped_while_it_waits_to_try_again_it_does_not_wait(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LATER_S", 3600.0)
    desk = moody(places, "desk", 99, code=CANNOT_START, needed=False)
    async with asyncio.timeout(WAIT_S):
        async with started(places, desk) as said:
            await until_said(said, "the PBX goes on without it")
