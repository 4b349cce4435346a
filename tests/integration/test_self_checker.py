"""The nightly self-check over real recordings: with sound ones, damaged ones, and a store that is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from structlog.testing import capture_logs

from pbx.core.ids import SeededIds
from pbx.lifecycle.io import self_checker
from pbx.lifecycle.io.self_checker import SelfChecker
from pbx.lifecycle.nights import AFTER_START, RETRY, next_due
from pbx.lifecycle.self_check import DONE, FAILED, KEYS_LOST
from pbx.recording.io.copy_maker import CopyMaker
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.reconcile import reconcile
from pbx.recording.io.vault_client import VaultClient
from pbx.store.audit import AuditStore
from pbx.store.erasures import ErasureStore, Wish
from pbx.store.playback_copies import SqlCopyLedger
from pbx.store.tables import RecordingKey
from tests.damage import flipped
from tests.integration.finaliser_site import Site, journal, open_site

pytestmark = pytest.mark.requirement("REC-17")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NAMES = ("rec1", "rec2", "rec3")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        for name in NAMES:
            await journal(one, name)
        assert await one.finaliser().scan(0.0) == len(NAMES)
        yield one


def checker(site: Site) -> SelfChecker:
    return SelfChecker(
        ledger=site.ledger,
        copies=SqlCopyLedger(site.database),
        facts=AuditStore(site.database),
        store=site.store,
        vault=site.vault,
        ids=SeededIds("night"),
    )


async def facts(site: Site, kind: str) -> list[dict[str, object]]:
    listed = await AuditStore(site.database).list()
    return [dict(fact.details) for _, fact in listed if fact.kind == kind]


def opened(site: Site) -> list[str]:
    """The recordings that the vault has opened for the self-check, by its own record."""
    lines = [json.loads(line) for line in (site.root / "audit").read_text().splitlines()]
    return sorted(line["recording"] for line in lines if line.get("purpose") == "self-check")


async def test_sound_recordings_are_counted_and_the_vault_has_it_on_record(site: Site) -> None:
    assert await checker(site).check(NOON)
    octets = sum([(await site.row(name)).size for name in NAMES])
    assert await facts(site, DONE) == [{"checked": 3, "octets": octets, "failed": 0}]
    assert await facts(site, FAILED) == []
    assert opened(site) == list(NAMES)


async def test_a_damaged_playback_copy_is_told(site: Site) -> None:
    ledger = SqlCopyLedger(site.database)
    maker = CopyMaker(site.spool, site.vault, site.store, ledger, ids=SeededIds("c"), actor="test")
    copy = await maker.make(await site.row("rec1"))
    assert await checker(site).check(NOON)
    assert await facts(site, FAILED) == []
    path = site.objects / copy.object_key
    path.write_bytes(flipped(path.read_bytes()))
    assert await checker(site).check(NOON)
    (fact,) = await facts(site, FAILED)
    assert fact["recording"] == "rec1" and str(fact["reason"]).startswith("the playback copy: ")


async def test_what_does_not_verify_is_an_alarm_and_a_fact_and_stops_no_other(site: Site) -> None:
    flipped, lost = await site.row("rec1"), await site.row("rec2")
    path = site.objects / flipped.object_key
    octets = bytearray(path.read_bytes())
    octets[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(octets)
    (site.objects / lost.object_key).unlink()
    header = (await site.row("rec1")).header
    async with site.database.writing() as session:
        await session.execute(
            update(RecordingKey).where(RecordingKey.recording == "rec3").values(header=header)
        )
    with capture_logs() as lines:
        assert await checker(site).check(NOON)
    said = {str(one["recording"]): str(one["reason"]) for one in await facts(site, FAILED)}
    assert said["rec1"].startswith("the payload: chunk 0 is damaged")
    assert said["rec2"] == "the object is missing"
    assert said["rec3"] == "the vault cannot open it: other_recording"
    alarms = [line for line in lines if line["log_level"] == "error"]
    assert sorted(line["recording"] for line in alarms) == list(NAMES)
    (done,) = await facts(site, DONE)
    assert (done["checked"], done["failed"]) == (3, 3)


async def test_keys_that_are_lost_are_an_alarm_with_their_number(site: Site) -> None:
    async with site.database.writing() as session:
        await session.execute(delete(RecordingKey).where(RecordingKey.recording != "rec2"))
    with capture_logs() as lines:
        assert await checker(site).check(NOON)
    (alarm,) = [line for line in lines if line["log_level"] == "error"]
    assert (alarm["tenant"], alarm["count"], alarm["recordings"]) == ("acme", 2, "rec1 rec3")
    assert await facts(site, KEYS_LOST) == [{"count": 2, "recordings": "rec1 rec3"}]
    (done,) = await facts(site, DONE)
    assert (done["checked"], done["failed"]) == (1, 2)
    assert (await reconcile([site.spool], site.store, site.ledger)).recordings_without_key == ("rec1", "rec3")


async def test_a_recording_that_is_erased_meanwhile_is_no_failure(site: Site) -> None:
    sizes = await site.ledger.sizes("")
    assert sorted(name for name, _ in sizes) == list(NAMES)
    erasures = ErasureStore(site.database)
    await erasures.ask(Wish(recording="rec2", ground="request", reason="r", actor="a"), NOON)
    assert await erasures.shred("rec2", NOON) is not None
    assert await checker(site).check(NOON)
    (done,) = await facts(site, DONE)
    assert (done["checked"], done["failed"]) == (2, 0)


async def test_a_store_that_is_away_proves_nothing(site: Site) -> None:
    away = site.objects.with_name("away")
    site.objects.rename(away)
    site.objects.write_text("not a directory")
    one = checker(site)
    await one.tick(NOON)
    await one.tick(NOON + AFTER_START)
    assert await facts(site, DONE) == await facts(site, FAILED) == []
    site.objects.unlink()
    away.rename(site.objects)
    await one.tick(NOON + AFTER_START + RETRY - timedelta(seconds=1))
    assert await facts(site, DONE) == []
    await one.tick(NOON + AFTER_START + RETRY)
    assert len(await facts(site, DONE)) == 1


async def test_without_the_vault_it_is_tried_again(site: Site) -> None:
    nobody = replace(checker(site), vault=VaultClient(site.root / "nobody"))
    await nobody.tick(NOON)
    with capture_logs() as lines:
        await nobody.tick(NOON + AFTER_START)
    assert [line["event"] for line in lines] == ["recordings could not be checked"]
    assert await facts(site, DONE) == []


async def test_once_a_night_also_when_the_process_starts_again(site: Site) -> None:
    one = checker(site)
    await one.tick(NOON)
    assert await facts(site, DONE) == []
    await one.tick(NOON + AFTER_START)
    await one.tick(NOON + timedelta(hours=2))
    assert len(await facts(site, DONE)) == 1
    again, night = checker(site), next_due(NOON)
    await again.tick(NOON + timedelta(hours=3))
    await again.tick(night - timedelta(seconds=1))
    assert len(await facts(site, DONE)) == 1
    await again.tick(night)
    assert len(await facts(site, DONE)) == 2


class SilentStore(LocalDirectory):
    """Answers never, and says when it was asked."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.asked = asyncio.Event()

    async def head(self, key: str) -> int | None:
        self.asked.set()
        await asyncio.Event().wait()
        return None


async def test_a_check_that_runs_is_given_up_at_the_end(site: Site) -> None:
    stop, store = asyncio.Event(), SilentStore(site.objects)
    running = asyncio.create_task(self_checker.run(replace(checker(site), store=store, _due=NOON), stop))
    await asyncio.wait_for(store.asked.wait(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert await facts(site, DONE) == []
