"""A recording is shredded while the store keeps its object: the log verifies, and nobody can read it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import text

from pbx.cli.audit import _walk
from pbx.core.audit import AuditFact
from pbx.core.ids import SeededIds
from pbx.core.io.clock import utc_now
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.object_holds import settle
from pbx.lifecycle.io.opened import stores
from pbx.recording.io.copy_maker import CopyMaker
from pbx.recording.io.log_keeper import INTERVAL_S, LogKeeper
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.erasures import Wish
from pbx.store.playback_copies import SqlCopyLedger
from tests.integration.finaliser_site import Site, by_pyrage, check_stored, journal, open_site
from tests.integration.s3_servers import LockingServer
from tests.lifecycle.test_hold import HOLD

WISH = Wish(recording="rec1", ground="request", reason="asked for", actor="ada")


@pytest.fixture
async def site(locking: LockingServer, tmp_path: Path) -> AsyncIterator[Site]:
    """Two finished recordings in a bucket with versions and locks."""
    async with open_site(tmp_path) as one:
        site = replace(one, store=locking.store())
        for name in ("rec1", "rec2"):
            await journal(site, name)
        assert await site.finaliser().scan(0.0) == 2
        yield site


async def told(site: Site, kind: str) -> None:
    """A fact of the audit log."""
    facts = [(AuditFact(kind=kind, details={"recording": "rec1"}), utc_now())]
    store = AuditStore(site.database)
    await site.database.write(lambda connection: store.append_all(connection, facts))


@pytest.mark.requirement("E-09")
@pytest.mark.requirement("REC-10")
async def test_shredded_under_a_lock(site: Site, locking: LockingServer) -> None:
    row, client = await site.row("rec1"), locking.client
    lines = [line for line in row.header.split(b"\n") if len(line) >= 43]
    assert await locking.store().set_hold(row.object_key)
    keeper = LogKeeper.over(AuditLog(site.database), site.vault)
    await told(site, "recording.finished")
    for now in (0.0, INTERVAL_S):
        await keeper.tick(now)

    opened = stores(site.database).erasures
    await opened.ask(WISH, utc_now())
    await Eraser(opened, site.store, site.vault, [site.spool]).work()
    erasure = await opened.get("rec1")
    assert isinstance(erasure, Erasure) and erasure.is_over
    await told(site, "recording.erased")
    for now in (2 * INTERVAL_S, 3 * INTERVAL_S):
        await keeper.tick(now)

    (version,) = client.list_object_versions(Bucket="bucket", Prefix=row.object_key)["Versions"]
    payload = client.get_object(Bucket="bucket", Key=row.object_key, VersionId=version["VersionId"])
    octets = payload["Body"].read()
    assert len(octets) == row.size, "the lock has kept every octet"

    files = [path for path in site.root.rglob("*") if path.is_file() and "weed" not in path.parts]
    assert not [path.name for path in files if any(line in path.read_bytes() for line in lines)]
    async with site.database.reading() as session:
        headers: list[bytes] = [*(await session.execute(text("SELECT header FROM recording_keys"))).scalars()]
    assert len(headers) == 1
    with pytest.raises(pyrage.DecryptError):
        by_pyrage(site, replace(row, header=headers[0]), octets)
    assert by_pyrage(site, row, octets), "with the header that is gone it would be heard"
    await check_stored(site, "rec2")

    walk, strays, signed = await _walk(site.database, site.keys.public_key, lambda _count: None)
    assert (walk.findings(), strays) == ((), [])
    assert signed == walk.tree.size >= 2


@pytest.mark.requirement("E-18")
@pytest.mark.requirement("D-06")
async def test_a_hold_keeps_both_objects_and_an_erasure_takes_both(
    site: Site, locking: LockingServer
) -> None:
    row, opened, ledger = await site.row("rec1"), stores(site.database), SqlCopyLedger(site.database)
    held = replace(HOLD, recording="rec1")
    assert await opened.holds.place(held)
    assert await settle(opened.holds, site.store) == 0
    ids = SeededIds("copy")
    copy = await CopyMaker(site.spool, site.vault, site.store, ledger, ids=ids, actor="test").make(row)
    assert await settle(opened.holds, site.store) == 0

    def holds() -> list[str]:
        found: list[str] = []
        for key in (row.object_key, copy.object_key):
            (version,) = locking.client.list_object_versions(Bucket="bucket", Prefix=key)["Versions"]
            said = locking.client.get_object_legal_hold(
                Bucket="bucket", Key=key, VersionId=version["VersionId"]
            )
            found.append(said["LegalHold"]["Status"])
        return found

    assert holds() == ["ON", "ON"]
    assert await opened.holds.release(held, "bob", "settled", utc_now())
    assert await settle(opened.holds, site.store) == 0
    assert holds() == ["OFF", "OFF"]
    await opened.erasures.ask(WISH, utc_now())
    assert await Eraser(opened.erasures, site.store, site.vault, [site.spool]).work() == 1
    erasure = await opened.erasures.get("rec1")
    assert erasure is not None and (erasure.object, erasure.copy_key) == ("deleted", copy.object_key)
    for key in (row.object_key, copy.object_key):
        assert "Versions" not in locking.client.list_object_versions(Bucket="bucket", Prefix=key)
