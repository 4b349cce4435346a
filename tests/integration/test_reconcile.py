"""Rows, spool and object store of one machine, with orphans put among them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete
from structlog.testing import capture_logs

from pbx.core.errors import StorageError
from pbx.recording.io import object_store
from pbx.recording.io.reconcile import check, reconcile
from pbx.store.erasures import ErasureStore, Wish
from pbx.store.tables import Call, Recording, RecordingKey
from tests.integration.finaliser_site import Site, journal, open_site

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


@pytest.mark.requirement("R-15")
async def test_orphans_in_every_direction_are_counted_and_named(site: Site) -> None:
    for name in ("rec1", "rec2"):
        await journal(site, name)
    assert await site.finaliser().scan(0.0) == 2
    await journal(site, "waits")
    row = await site.row("rec1")
    (site.objects / row.object_key).unlink()
    (site.objects / "zz").mkdir()
    (site.objects / "zz" / "orphan").write_bytes(b"?")
    (site.spool / "gone.payload").write_bytes(b"?")
    await site.database.write(lambda connection: connection.execute(delete(Call)))
    orphans = await reconcile([site.spool], site.store, site.ledger)
    assert orphans.rows_without_object == ("rec1",)
    assert orphans.objects_without_row == ("zz/orphan",)
    assert orphans.spool_without_journal == ("gone",)
    assert orphans.recordings_without_call == ("rec1", "rec2")
    with capture_logs() as lines:
        await check([site.spool], site.store, site.ledger)
    (line,) = lines
    assert (line["log_level"], line["total"], line["objects_without_row"]) == ("error", 5, 1)


@pytest.mark.requirement("R-15")
async def test_a_recording_between_upload_and_commit_is_no_orphan(site: Site) -> None:
    await journal(site, "rec1")

    class Killed(BaseException):
        pass

    def fault(point: str) -> None:
        if point == "after_upload":
            raise Killed

    with pytest.raises(Killed):
        await site.finaliser(fault).scan(0.0)
    assert len(await site.objects_stored()) == 1
    assert (await reconcile([site.spool], site.store, site.ledger)).total == 0


@pytest.mark.requirement("R-15")
@pytest.mark.requirement("E-13")
async def test_a_recording_of_which_nothing_is_left_but_the_log_is_missed(site: Site) -> None:
    """Row, key and object are gone, and no erasure has taken them."""
    for name in ("rec1", "rec2", "rec3"):
        await journal(site, name)
    assert await site.finaliser().scan(0.0) == 3
    row = await site.row("rec1")
    (site.objects / row.object_key).unlink()
    async with site.database.writing() as session:
        await session.execute(delete(RecordingKey).where(RecordingKey.recording == "rec1"))
        await session.execute(delete(Recording).where(Recording.recording == "rec1"))
    erasures = ErasureStore(site.database)
    await erasures.ask(Wish(recording="rec2", ground="request", reason="r", actor="a"), NOW)
    assert await erasures.shred("rec2", NOW) is not None
    orphans = await reconcile([site.spool], site.store, site.ledger)
    assert orphans.lost_rows == ("rec1",)
    assert orphans.recordings_without_key == ()


async def test_a_store_that_is_away_is_no_orphan(site: Site) -> None:
    site.objects.rmdir()
    site.objects.write_text("not a directory")
    with capture_logs() as lines:
        await check([site.spool], site.store, site.ledger)
    assert [line["log_level"] for line in lines if line["log_level"] == "error"] == []


@pytest.mark.requirement("R-15")
async def test_checkpoints_of_the_log_in_the_same_store_are_no_orphans(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rec1", "rec2"):
        await journal(site, name)
    assert await site.finaliser().scan(0.0) == 2
    for number in range(3):
        folder = site.objects / "log-checkpoints" / "00"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.note").write_bytes(b"?")
    orphans = await reconcile([site.spool], site.store, site.ledger)
    assert (orphans.objects_without_row, orphans.rows_without_object) == ((), ())
    monkeypatch.setattr(object_store, "MAX_LISTED", 3)
    monkeypatch.setattr("pbx.recording.io.reconcile.MAX_LISTED", 3)
    assert (await reconcile([site.spool], site.store, site.ledger)).objects_without_row == ()
    monkeypatch.setattr(object_store, "MAX_LISTED", 2)
    monkeypatch.setattr("pbx.recording.io.reconcile.MAX_LISTED", 2)
    with pytest.raises(StorageError):
        await reconcile([site.spool], site.store, site.ledger)
