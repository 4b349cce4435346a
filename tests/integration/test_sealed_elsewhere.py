"""The disk of the spool is full when a recording is to be finished: it is sealed on the other one."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.recording.io.fault_points import FAULT_POINTS
from pbx.recording.io.sealed_spool import PAYLOAD, SEALED
from pbx.recording.io.spool_pair import PAIRS
from tests.integration.finaliser_site import Site, check_stored, journal
from tests.integration.small_disk import small_disk
from tests.integration.spare_site import finaliser, spare, two_spools

pytestmark = [pytest.mark.requirement("R-16"), pytest.mark.requirement("R-12")]


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A journal of 20 kB on a disk that has no room for what is sealed from it."""
    async with two_spools(tmp_path) as one:
        with small_disk(one.spool, "64k"):
            await finaliser(one).scan(0.0)  # the two spools know each other
            await journal(one, "rec1")
            (one.spool / "other").write_bytes(bytes(room(one.spool) - 4096))
            yield one


def room(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def sealed(folder: Path) -> set[str]:
    return {path.suffix for path in folder.iterdir()} & {PAYLOAD, SEALED}


@pytest.mark.parametrize("point", ["", *FAULT_POINTS])
async def test_a_full_disk_is_drained_by_way_of_the_spare(site: Site, point: str) -> None:
    def fault(name: str) -> None:
        if name in ("after_payload", "after_sealed"):
            assert not sealed(site.spool), "nothing is left of the try that failed"
            assert PAYLOAD in sealed(spare(site))
        if name == point:
            raise Killed(name)

    one = finaliser(site, fault)
    if point:
        with pytest.raises(Killed):
            await one.scan(0.0)
    else:
        assert await one.scan(0.0) == 1
    await finaliser(site).scan(0.0)
    await check_stored(site, "rec1")
    assert not sealed(spare(site))
    assert len(await site.objects_stored()) == len(await site.ledger.list()) == 1


async def test_without_room_anywhere_it_waits(site: Site) -> None:
    filler = spare(site) / "other"
    with small_disk(spare(site), "16k"):
        (spare(site) / "pair").write_bytes(pair_of(site))
        filler.write_bytes(bytes(max(room(spare(site)) - 4096, 0)))
        assert await finaliser(site).scan(0.0) == 0
        assert not sealed(site.spool) | sealed(spare(site))
        filler.unlink()
    assert await finaliser(site).scan(0.0) == 1
    await check_stored(site, "rec1")


async def test_nothing_is_sealed_where_a_disk_is_not_mounted(site: Site) -> None:
    with small_disk(spare(site), "1m"):
        assert await finaliser(site).scan(0.0) == 0
        assert not list(spare(site).iterdir())
    assert await finaliser(site).scan(0.0) == 1


def pair_of(site: Site) -> bytes:
    """The mark by which the spool knows its spare."""
    marks: dict[str, str] = json.loads((site.spool / PAIRS).read_text())
    return marks[str(spare(site))].encode()
