"""R-14: the database is read well and takes nothing; what is ready waits as one, and goes on as one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pbx.recording.io.awaited import FACTS
from tests.integration.finaliser_site import Site, check_stored, journal, open_site

N_RECORDINGS = 8
HOUR_S = 3600.0
BACK_S = 900.0  # the longest wait between two tries


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


async def rename(site: Site, old: str, new: str) -> None:
    await site.database.write(lambda one: one.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))


@pytest.mark.requirement("R-14")
async def test_a_database_that_takes_nothing_is_asked_by_one_recording_at_a_time(site: Site) -> None:
    names = [f"rec{n}" for n in range(N_RECORDINGS)]
    for name in names:
        await journal(site, name)
    await rename(site, "audit_events", "elsewhere")  # each commit needs it, and no read of the finaliser
    asked: list[str] = []
    finaliser = site.finaliser(asked.append)
    now = 0.0
    while now < HOUR_S:
        assert await finaliser.scan(now) == 0
        now += 0.5 if now < 60 else 5.0
    assert await site.ledger.find(names[0]) is None  # it is read
    # 1, 2, 4 ... 900 s, each with half of it random, for all eight together.
    assert 8 <= asked.count("after_sealed") <= 20
    assert "recordings have failed and wait" in finaliser.alarms["database_away"]
    assert finaliser.alarms["recordings_stuck"] == ""
    await rename(site, "elsewhere", "audit_events")
    assert await finaliser.scan(now + BACK_S) == N_RECORDINGS
    assert not any(finaliser.alarms.values())
    for name in names:
        await check_stored(site, name)


@pytest.mark.requirement("F-18")
async def test_a_recording_waits_for_the_facts_of_its_call_that_wait_for_the_database(
    site: Site, tmp_path: Path
) -> None:
    await journal(site, "rec0")
    asked: list[str] = []
    finaliser = site.finaliser(asked.append)
    finaliser.awaited.records = tmp_path / "records"
    finaliser.awaited.records.mkdir()
    (waiting := finaliser.awaited.records / f"1{FACTS}").touch()
    assert await finaliser.scan(0.0) == await finaliser.scan(10.0) == 0
    assert "after_unwrap" not in asked and not any(finaliser.alarms.values())
    waiting.rename(
        waiting.with_suffix(".unreadable")
    )  # somebody has to look at it, and nothing waits for him
    assert await finaliser.scan(20.0) == 1
    await check_stored(site, "rec0")
