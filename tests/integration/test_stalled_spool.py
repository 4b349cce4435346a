"""A spool whose disk stands still holds up what lies in it, and nothing else."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pbx.recording.io import spool_answers
from pbx.recording.io.spool_answers import EVERY_S, LONG_S, SpoolAnswers
from pbx.recording.io.spool_pair import MARK, PAIRS
from tests.integration.finaliser_site import Site, check_stored, journal
from tests.integration.spare_site import finaliser, spare, two_spools

PATIENCE_S = 1.0


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(spool_answers, "PATIENCE_S", PATIENCE_S)
    async with two_spools(tmp_path) as one:
        yield one


@contextmanager
def stalled(file: Path) -> Iterator[None]:
    """Whoever opens this file waits, as for a disk that stands still, until the block is over."""
    aside = file.with_name(f"{file.name}.aside")
    file.rename(aside)
    os.mkfifo(file)
    try:
        yield
    finally:
        descriptor = os.open(file, os.O_RDWR)  # whoever waits may read now, and finds nothing
        aside.rename(file)
        os.close(descriptor)


@pytest.mark.requirement("F-16")
@pytest.mark.parametrize("which", ["spare", "first"])
async def test_the_other_spool_goes_on(site: Site, which: str) -> None:
    worker = finaliser(site)
    await journal(site, "there")
    (site.spool / "there.jrn").rename(spare(site) / "there.jrn")
    assert await worker.scan(0.0) == 1  # by now the two know each other
    await journal(site, "there2")
    (site.spool / "there2.jrn").rename(spare(site) / "there2.jrn")
    await journal(site, "here")
    file, goes_on, waits = spare(site) / MARK, "here", "there2"
    if which == "first":
        file, goes_on, waits = site.spool / PAIRS, "there2", "here"
    with stalled(file):
        loop = asyncio.get_running_loop()
        assert await worker.scan(EVERY_S) == 1
        assert await site.ledger.find(goes_on) and not await site.ledger.find(waits)
        assert worker.alarms["spool_stalled"] == ""  # it may be busy only
        begun = loop.time()
        for turn in range(20):  # nobody waits for it again, and no further thread does
            assert await worker.scan(EVERY_S + LONG_S + turn) == 0
        assert loop.time() - begun < 20 * PATIENCE_S
        assert worker.alarms["spool_stalled"] == str(file.parent)
    async with asyncio.timeout(30):
        while worker.alarms["spool_stalled"]:
            await asyncio.sleep(0.01)  # its thread has to come through
            await worker.scan(100.0)
    await worker.scan(1000.0)
    await check_stored(site, "there2")
    await check_stored(site, "here")


async def test_each_spool_is_asked_now_and_then(tmp_path: Path) -> None:
    answers = SpoolAnswers()
    assert await answers.ask([tmp_path, tmp_path / "nowhere"], 0.0) == frozenset()  # a refusal is an answer
    before = tmp_path.stat().st_mtime_ns
    await answers.ask([tmp_path], EVERY_S - 0.1)
    assert tmp_path.stat().st_mtime_ns == before
    await answers.ask([tmp_path], EVERY_S)
    assert tmp_path.stat().st_mtime_ns > before
