"""A recording is shredded while the store keeps its object: the log verifies, and nobody can read it.

What keeps it is a legal hold, or the retention lock that recordings get with their upload (REC-10).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyrage
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from pbx.cli.audit import _walk
from pbx.core.audit import AuditFact
from pbx.core.errors import ConfigError, StorageError
from pbx.core.ids import SeededIds
from pbx.core.io.clock import utc_now
from pbx.lifecycle import receipt
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.object_holds import settle
from pbx.lifecycle.io.object_locks import LockingStore, ObjectLocks
from pbx.lifecycle.io.opened import stores
from pbx.lifecycle.io.sweeper import Sweeper
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.recording.io.copy_maker import CopyMaker
from pbx.recording.io.log_keeper import INTERVAL_S, LogKeeper
from pbx.recording.manifest import is_signed_by
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.erasures import Wish
from pbx.store.playback_copies import SqlCopyLedger
from pbx.store.retained import RetainedStore
from tests.integration.finaliser_site import Site, by_pyrage, check_stored, journal, open_site
from tests.integration.s3_servers import LockingServer
from tests.lifecycle.test_hold import HOLD

WISH = Wish(recording="rec1", ground="request", reason="asked for", actor="ada")
MADE_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
async def site(locking: LockingServer, tmp_path: Path) -> AsyncIterator[Site]:
    """Two finished recordings in a bucket with versions and locks."""
    async with open_site(tmp_path) as one:
        site = replace(one, store=locking.store())
        for name in ("rec1", "rec2"):
            await journal(site, name)
        assert await site.finaliser().scan(0.0) == 2
        yield site


@pytest.fixture
async def bare(locking: LockingServer, tmp_path: Path) -> AsyncIterator[Site]:
    """The same bucket, and nothing recorded yet."""
    async with open_site(tmp_path) as one:
        yield replace(one, store=locking.store())


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


def policy(mode: Literal["governance", "compliance"], days: int) -> RetentionPolicy:
    term = Term(days=days, obligation_days=days, lock=mode, lock_days=days)
    return RetentionPolicy(otherwise=Term(days=90), terms={"quality": term}, purposes=("quality",))


def locks(site: Site, terms: RetentionPolicy) -> ObjectLocks:
    told, facts = RetainedStore(site.database), AuditStore(site.database)
    return ObjectLocks(site.store, told, facts, lambda: {"acme": terms})


async def finalised(site: Site, *names: str, terms: RetentionPolicy) -> None:
    for name in names:
        await journal(site, name)
    finaliser = site.finaliser()
    finaliser.lock_with(locks(site, terms).lock)
    assert await finaliser.scan(0.0) == len(names)


async def kinds(site: Site) -> list[str]:
    return [fact.kind for _, fact in await AuditStore(site.database).list()]


async def erased(site: Site) -> Erasure:
    file = stores(site.database).erasures
    await file.ask(WISH, utc_now())
    await Eraser(file, site.store, site.vault, [site.spool]).work()
    found = await file.get("rec1")
    assert found is not None and found.is_over
    return found


def sweeper(site: Site) -> Sweeper:
    return Sweeper(stores(site.database).erasures, site.store, site.vault)


def days_until(moment: datetime) -> int:
    """The days of a term that ends at this moment or just before, for a recording of MADE_AT."""
    return (moment - MADE_AT).days


@pytest.mark.requirement("REC-10")
@pytest.mark.parametrize("mode", ["governance", "compliance"])
async def test_an_object_is_locked_with_its_upload_and_read_back(
    bare: Site, locking: LockingServer, mode: Literal["governance", "compliance"]
) -> None:
    days = days_until(utc_now()) + 2
    await finalised(bare, f"{mode}1", terms=policy(mode, days))
    row = await bare.row(f"{mode}1")
    found = locking.client.head_object(Bucket="bucket", Key=row.object_key)
    assert found["ObjectLockMode"] == mode.upper()
    assert found["ObjectLockRetainUntilDate"] == MADE_AT + timedelta(days=days)
    with pytest.raises(ClientError):
        locking.client.delete_object(Bucket="bucket", Key=row.object_key, VersionId=found["VersionId"])
    await check_stored(bare, f"{mode}1")
    assert "recording.locked" in await kinds(bare)
    assert isinstance(bare.store, LockingStore)
    shorter = utc_now() + timedelta(hours=1)
    assert await bare.store.set_retention(row.object_key, "governance", shorter) == "locked"
    found = locking.client.head_object(Bucket="bucket", Key=row.object_key)
    assert found["ObjectLockRetainUntilDate"] == MADE_AT + timedelta(days=days), "the longer one stays"


@pytest.mark.requirement("E-09")
@pytest.mark.requirement("REC-10")
@pytest.mark.requirement("D-06")
async def test_shredded_before_the_term_and_deleted_behind_it(bare: Site, locking: LockingServer) -> None:
    """The octets stay as long as the lock says, nobody can read them, the log verifies; then they go too."""
    await finalised(bare, "rec1", "rec2", terms=policy("governance", days_until(utc_now()) + 1))
    row, client = await bare.row("rec1"), locking.client
    lines = [line for line in row.header.split(b"\n") if len(line) >= 43]
    keeper = LogKeeper.over(AuditLog(bare.database), bare.vault)
    one = await erased(bare)
    assert one.object == "locked"
    assert one.receipt is not None and one.signature is not None
    assert receipt.parse(one.receipt)["object"] == "locked"
    assert await bare.store.head(row.object_key) is None, "a delete marker hides it"
    (version,) = client.list_object_versions(Bucket="bucket", Prefix=row.object_key)["Versions"]
    body = client.get_object(Bucket="bucket", Key=row.object_key, VersionId=version["VersionId"])["Body"]
    octets = body.read()
    assert len(octets) == row.size, "the lock has kept every octet"

    files = [path for path in bare.root.rglob("*") if path.is_file()]
    assert not [path.name for path in files if any(line in path.read_bytes() for line in lines)]
    async with bare.database.reading() as session:
        headers: list[bytes] = [*(await session.execute(text("SELECT header FROM recording_keys"))).scalars()]
    assert len(headers) == 1
    with pytest.raises(pyrage.DecryptError):
        by_pyrage(bare, replace(row, header=headers[0]), octets)
    assert by_pyrage(bare, row, octets), "with the header that is gone it would be heard"
    await check_stored(bare, "rec2")

    assert await sweeper(bare).work() == 0, "before its last day it stays"
    found = await stores(bare.database).erasures.get("rec1")
    assert found == one
    until = utc_now() + timedelta(seconds=1)
    client.put_object_retention(  # its administrator lets the test see the last day
        Bucket="bucket",
        Key=row.object_key,
        VersionId=version["VersionId"],
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until},
        BypassGovernanceRetention=True,
        ChecksumAlgorithm="SHA256",
    )
    await asyncio.sleep(max(0.0, (until - utc_now()).total_seconds()) + 1.1)  # the server keeps whole seconds
    assert await sweeper(bare).work() == 1
    assert "Versions" not in client.list_object_versions(Bucket="bucket", Prefix=row.object_key)
    found = await stores(bare.database).erasures.get("rec1")
    assert found is not None and found.receipt is not None and found.signature is not None
    assert (found.object, receipt.parse(found.receipt)["object"]) == ("deleted", "deleted")
    assert is_signed_by(bare.keys.public_key, found.receipt, found.signature)
    assert await sweeper(bare).work() == 0

    for now in (0.0, INTERVAL_S):
        await keeper.tick(now)
    assert {"recording.shredded", "recording.erased", "recording.object_gone"} <= set(await kinds(bare))
    walk, strays, signed = await _walk(bare.database, bare.keys.public_key, lambda _count: None)
    assert (walk.findings(), strays) == ((), [])
    assert signed == walk.tree.size >= 3


@pytest.mark.requirement("REC-10")
async def test_a_store_without_locks_costs_no_recording(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        await finalised(site, "rec1", terms=policy("governance", 36_500))
        await check_stored(site, "rec1")
        (fact,) = [one for _, one in await AuditStore(site.database).list() if one.kind.endswith("locked")]
        assert (fact.kind, fact.details["reason"]) == ("recording.not_locked", "not_offered")
        assert (await erased(site)).object == "deleted"
        assert await sweeper(site).work() == 0


async def test_terms_that_cannot_be_read_let_a_recording_wait_and_never_lose_a_lock(tmp_path: Path) -> None:
    def broken() -> dict[str, RetentionPolicy]:
        raise ConfigError("acme/recording.yaml", 1, 1, "retention", "a mistake")

    async with open_site(tmp_path) as site:
        await finalised(site, "rec1", terms=RetentionPolicy(otherwise=Term(days=90)))
        row = await site.row("rec1")
        told, facts = RetainedStore(site.database), AuditStore(site.database)
        with pytest.raises(StorageError, match=r"acme/recording\.yaml"):
            await ObjectLocks(site.store, told, facts, broken).lock(row)
    assert "recording.locked" not in await kinds(site)
