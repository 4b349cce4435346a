"""A recording in two parts becomes one object and one row, whatever happens on the way."""

import errno
import json
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.recording import manifest
from pbx.recording.io.fault_points import FAULT_POINTS
from pbx.recording.io.journal_parts import QUARANTINE, journals
from pbx.recording.io.spool_pair import MARK, PAIRS
from pbx.recording.journal import split_journal
from tests.integration.finaliser_site import Site
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
    two_parts,
    two_spools,
    until,
)

PREFIX = struct.Struct("!IQB")  # of a record, see pbx.recording.journal


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with two_spools(tmp_path) as one:
        yield one


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-13")
@pytest.mark.parametrize(
    ("point", "turn"), [*((point, 0) for point in FAULT_POINTS), ("after_delete_journal", 1)]
)
async def test_killed_between_any_two_steps_two_parts_are_one_recording(
    site: Site, monkeypatch: pytest.MonkeyPatch, point: str, turn: int
) -> None:
    await two_parts(site, monkeypatch)
    left = [turn]

    def fault(name: str) -> None:
        if name == point:
            left[0] -= 1
            if left[0] < 0:
                raise Killed(name)

    try:
        await finaliser(site, fault).scan(0.0)
    except Killed:
        assert journals(site.spool, spare(site)) or await site.ledger.find("rec1")
    await finaliser(site).scan(0.0)
    await check_whole(site)


async def test_a_recording_whose_last_part_is_written_yet_is_left_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(monkeypatch, site.spool)
    writer = await begin(site, paired(site.spool, spare(site)))
    say(writer, 0, 100)
    refusing.error = errno.ENOSPC
    say(writer, 100, 200)
    until(lambda: "rec1" in journals(spare(site)), "it does not go on")
    assert await finaliser(site).scan(0.0) == 0
    refusing.error = 0
    say(writer, 200, N_FRAMES)
    finish(writer)
    assert await finaliser(site).scan(0.0) == 1
    await check_whole(site)


@pytest.mark.parametrize("gone", ["spool", "spare"])
async def test_with_one_disk_away_the_other_part_is_not_taken_for_the_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gone: str
) -> None:
    await two_parts(site, monkeypatch)
    folder = site.root / gone
    folder.rename(site.root / "kept")
    folder.mkdir()  # what an unmounted disk leaves
    one = finaliser(site)
    assert await one.scan(0.0) == 0
    assert await one.scan(2000.0) == 0
    assert not await site.ledger.list()
    assert "a spool is away" in capsys.readouterr().out
    folder.rmdir()
    (site.root / "kept").rename(folder)
    assert await one.scan(2000.5) == 1, "at once, not after the wait"
    await check_whole(site)


async def test_with_the_spare_away_what_is_whole_goes_on(site: Site) -> None:
    writer = await begin(site, paired(site.spool, spare(site)))
    say(writer, 0, N_FRAMES)
    finish(writer)
    spare(site).rename(site.root / "kept")
    assert await finaliser(site).scan(0.0) == 1
    (site.root / "kept").rename(spare(site))
    await check_whole(site, parts=())


async def test_a_spare_that_is_not_configured_any_more_is_read_until_it_is_empty(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_parts(site, monkeypatch)
    without = site.finaliser()
    assert await without.scan(0.0) == 1
    assert await without.scan(1.0) == 0
    assert json.loads((site.spool / PAIRS).read_text()) == {}
    (spare(site) / MARK).write_text("")
    await check_whole(site)


@pytest.mark.requirement("R-11")
@pytest.mark.parametrize("n_left", [0, 5, 40])
async def test_a_first_part_that_a_loss_of_power_emptied_is_told_as_damage(
    site: Site, monkeypatch: pytest.MonkeyPatch, n_left: int
) -> None:
    await two_parts(site, monkeypatch)
    os.truncate(site.spool / "rec1.jrn", n_left)
    assert await finaliser(site).scan(0.0) == 1
    row = await site.row("rec1")
    assert row.recovered
    assert manifest.parse(row.manifest)["damage"]["reason"] == "nothing is left of what was before part 2"
    assert (await heard(site, row)).endswith(b"".join(map(sound, range(N_FRAMES - 100, N_FRAMES))))


def records(path: Path) -> list[int]:
    """Return where each whole record of a journal ends."""
    octets = path.read_bytes()
    _, at = split_journal(octets)
    ends: list[int] = []
    while at + PREFIX.size <= len(octets):
        at += PREFIX.size + PREFIX.unpack_from(octets, at)[0]
        ends.append(at)
    return [end for end in ends if end <= len(octets)]


@pytest.mark.requirement("R-11")
async def test_a_first_part_that_is_torn_is_taken_as_far_as_it_goes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_parts(site, monkeypatch)
    path = site.spool / "rec1.jrn"
    os.truncate(path, records(path)[-1] - 1)
    assert await finaliser(site).scan(0.0) == 1
    row = await site.row("rec1")
    assert row.recovered
    assert manifest.parse(row.manifest)["damage"]["reason"] == "a torn record"
    said = await heard(site, row)
    assert said.startswith(b"".join(map(sound, range(100))))
    assert said.endswith(b"".join(map(sound, range(N_FRAMES - 100, N_FRAMES))))


async def test_parts_that_cannot_be_read_are_put_aside_together(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_parts(site, monkeypatch)
    (site.spool / "rec1.jrn").write_bytes(b"x" * 5000)
    assert await finaliser(site).scan(0.0) == 0
    assert journals(site.spool / QUARANTINE) == journals(spare(site) / QUARANTINE) == {"rec1"}
    assert not journals(site.spool, spare(site))
