"""From journal to master: killed between every two steps, with the store down, with a broken journal."""

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pbx.call.record import Message
from pbx.core.ids import SeededIds
from pbx.core.io.clock import utc_now
from pbx.recording import manifest
from pbx.recording.age import generate_identity
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import journal_writer, sealed_spool
from pbx.recording.io.fault_points import FAULT_POINTS
from pbx.recording.io.journal_parts import QUARANTINE, journals
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.reader import verify
from pbx.recording.io.reconcile import reconcile
from pbx.recording.io.vault_client import VaultClient
from pbx.store.audit import AuditStore
from pbx.store.audit_log import AuditLog
from pbx.store.messages import MessageStore
from pbx.store.playback_copies import SqlCopyLedger
from tests.config.conftest import SAMPLE
from tests.integration.finaliser_site import (
    MARKER,
    Site,
    WatchedLedger,
    check_stored,
    journal,
    open_site,
    order,
)
from tests.recording.json_schema import faults
from tests.recording.test_outside import checkpoint, note

SECONDS = 2.0  # of sound in each journal


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield one


async def test_a_journal_becomes_one_object_and_one_row(site: Site) -> None:
    await journal(site, "rec1")
    assert await site.finaliser().scan(0.0) == 1
    row = await check_stored(site, "rec1")
    fields = manifest.parse(row.manifest)
    assert (row.call, row.tenant, row.kind, row.duration_ms, row.recovered) == (
        "call-1",
        "acme",
        "call",
        2000,
        False,
    )
    assert (fields["codec"], fields["samples"], fields["damage"]) == ("PCMU", 16_000, None)
    assert fields["policy"] == order("rec1").policy == {"rules_version": "7"}
    assert [(one["ch"], one["leg"], one["codecs"]) for one in fields["segments"]] == [(1, "leg-1", ["PCMU"])]
    assert list(faults(json.loads(manifest.schema()), fields)) == []
    assert fields["events"] == [{"at_ms": 1, "kind": "consent.granted", "details": {"leg": "leg-1"}}]
    assert row.started_at.isoformat() == "2026-01-02T03:04:05+00:00"


@pytest.mark.requirement("R-12")
@pytest.mark.requirement("R-13")
@pytest.mark.parametrize("point", FAULT_POINTS)
async def test_killed_between_any_two_steps_nothing_is_lost_or_doubled(site: Site, point: str) -> None:
    path = await journal(site, "rec1")

    def fault(name: str) -> None:
        if name == point:
            raise Killed(name)

    with pytest.raises(Killed):
        await site.finaliser(fault).scan(0.0)
    committed = await site.ledger.find("rec1")
    assert path.exists() or committed
    assert not path.exists() or point != "after_delete_journal"
    await site.finaliser().scan(0.0)
    await check_stored(site, "rec1")
    assert len(await site.objects_stored()) == len(await site.ledger.list()) == 1


@pytest.mark.requirement("R-12")
async def test_killed_twenty_times_there_is_one_object_and_one_row(site: Site) -> None:
    await journal(site, "rec1")
    for turn in range(20):
        # Never as far as the commit, which from a sealed recording is three points away.
        left = [turn % (3 if list(site.spool.glob("*.sealed")) else FAULT_POINTS.index("after_commit"))]

        def fault(name: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed(name)

        with pytest.raises(Killed):
            await site.finaliser(fault).scan(0.0)
    assert await site.finaliser().scan(0.0) == 1
    await check_stored(site, "rec1")
    assert len(await site.objects_stored()) == len(await site.ledger.list()) == 1


@pytest.mark.requirement("R-14")
async def test_with_the_store_down_journals_wait_and_then_drain(site: Site) -> None:
    for name in ("rec1", "rec2", "rec3"):
        await journal(site, name)
    site.objects.rmdir()
    site.objects.write_text("not a directory")
    finaliser = site.finaliser()
    now = 0.0
    for _ in range(6):
        assert await finaliser.scan(now) == 0
        assert await finaliser.scan(now + 0.4) == 0  # backing off: not even tried
        now += 60
    assert len(list(site.spool.glob("*.jrn"))) == 3
    site.objects.unlink()
    site.objects.mkdir()
    assert await finaliser.scan(now + 1000) == 3
    for name in ("rec1", "rec2", "rec3"):
        await check_stored(site, name)


def murderer(point: str) -> Callable[[str], None]:
    """A fault that kills at one point."""

    def fault(name: str) -> None:
        if name == point:
            raise Killed(name)

    return fault


def unwraps(site: Site) -> int:
    return (site.root / "audit").read_text().count('"finalise"')


@pytest.mark.requirement("R-12")
async def test_sealed_once_it_is_only_uploaded_again(site: Site) -> None:
    await journal(site, "rec1")
    for point in ("after_sealed", "after_upload", "after_verify", "after_upload"):
        with pytest.raises(Killed):
            await site.finaliser(murderer(point)).scan(0.0)
    kept = (site.spool / "rec1.payload").read_bytes()
    nobody = replace(site, vault=VaultClient(site.root / "nobody"))
    assert await nobody.finaliser().scan(0.0) == 1  # the vault is not needed any more
    assert unwraps(site) == 1
    row = await check_stored(site, "rec1")
    assert await site.store.read(row.object_key) == kept


@pytest.mark.parametrize("name", ["rec1.payload", "rec1.sealed"])
async def test_what_was_damaged_in_the_spool_is_sealed_again(site: Site, name: str) -> None:
    await journal(site, "rec1")
    with pytest.raises(Killed):
        await site.finaliser(murderer("after_upload")).scan(0.0)
    os.truncate(site.spool / name, 20)
    (earlier,) = await site.objects_stored()
    octets = (site.objects / earlier).read_bytes()
    assert await site.finaliser(seed="another nonce").scan(0.0) == 1
    row = await check_stored(site, "rec1")
    assert set(await site.objects_stored()) == {earlier, row.object_key}
    assert (site.objects / earlier).read_bytes() == octets, "what has the name is never replaced or deleted"
    assert (await reconcile([site.spool], site.store, site.ledger)).objects_without_row == (earlier,)


async def name_taken(site: Site) -> tuple[Path, FinishedRecording, Path]:
    """A recording is sealed, and its object's name is somebody else's: journal, recording, that object."""
    path = await journal(site, "rec1")
    with pytest.raises(Killed):
        await site.finaliser(murderer("after_sealed")).scan(0.0)
    sealed = sealed_spool.load(path)
    assert sealed is not None
    foreign = site.objects / sealed.object_key
    foreign.parent.mkdir()
    foreign.write_bytes(b"evidence of another case")
    return path, sealed, foreign


@pytest.mark.requirement("E-17")
async def test_an_object_of_somebody_else_keeps_its_name_and_the_recording_gets_another(site: Site) -> None:
    path, sealed, foreign = await name_taken(site)
    no_vault = replace(site, vault=VaultClient(site.root / "nobody"))
    assert await no_vault.finaliser().scan(0.0) == 0, "a new name is signed for, or nothing happens"
    assert path.exists()
    with capture_logs() as lines:
        assert await site.finaliser().scan(0.0) == 1
    (alarm,) = [line for line in lines if line["log_level"] == "error"]
    assert (alarm["recording"], alarm["key"]) == ("rec1", sealed.object_key)
    row = await check_stored(site, "rec1")
    assert row.object_key != sealed.object_key
    assert manifest.parse(row.manifest) == {**manifest.parse(sealed.manifest), "object_key": row.object_key}
    assert (row.sha256_cipher, row.header) == (sealed.sha256_cipher, sealed.header)
    assert foreign.read_bytes() == b"evidence of another case"


async def test_a_new_name_is_kept_over_a_crash(site: Site) -> None:
    path, sealed, foreign = await name_taken(site)
    uploads: list[str] = []

    def fault(point: str) -> None:
        uploads.extend([point] if point == "after_upload" else [])
        if len(uploads) == 2:
            raise Killed

    with pytest.raises(Killed):
        await site.finaliser(fault).scan(0.0)
    assert await site.finaliser().scan(0.0) == 1
    row = await check_stored(site, "rec1")
    assert sorted(await site.objects_stored()) == sorted((sealed.object_key, row.object_key))


@pytest.mark.requirement("R-14")
async def test_a_store_that_is_down_is_asked_by_one_recording_at_a_time(site: Site) -> None:
    for n in range(8):
        await journal(site, f"rec{n}")
    site.objects.rmdir()
    site.objects.write_text("not a directory")
    asked: list[str] = []
    finaliser = site.finaliser(asked.append)
    hour, now = 3600.0, 0.0
    while now < hour:
        assert await finaliser.scan(now) == 0
        now += 0.5 if now < 60 else 5.0
    # 1, 2, 4 ... 900 s, each with half of it random: not 8 times 828 scans.
    assert 8 <= asked.count("after_lock") <= 20
    assert asked.count("after_unwrap") == 8 == len(list(site.spool.glob("*.sealed")))
    site.objects.unlink()
    site.objects.mkdir()
    begun = time.monotonic()
    assert await finaliser.scan(now + 900) == 8
    assert time.monotonic() - begun < 8 * SECONDS / 5  # drains five times faster than they were spoken
    assert unwraps(site) == 8


@pytest.mark.requirement("R-14")
async def test_evidence_goes_first_then_the_oldest(site: Site) -> None:
    for age, name in enumerate(("voice", "young", "old")):
        path = await journal(site, name)
        os.utime(path, (1000 - age, 1000 - age))
    os.utime(site.spool / "voice.jrn", (1, 1))
    left = Message(recording="voice", tenant="acme", box="1001")
    await site.database.write(lambda connection: MessageStore(site.database).save_all(connection, [left]))
    uploaded: list[str] = []

    def fault(point: str) -> None:
        if point == "after_commit":
            uploaded.extend(path.stem for path in site.spool.glob("*.sealed"))

    assert await site.finaliser(fault).scan(0.0) == 3
    assert uploaded == ["old", "young", "voice"]


@pytest.mark.requirement("R-14")
async def test_after_an_outage_evidence_goes_first_however_often_it_has_failed(site: Site) -> None:
    for age, name in enumerate(("old", "young", "voice")):
        path = await journal(site, name)
        os.utime(path, (1000 + age, 1000 + age))
    left = Message(recording="voice", tenant="acme", box="1001")
    await site.database.write(lambda connection: MessageStore(site.database).save_all(connection, [left]))
    site.objects.rmdir()
    site.objects.write_text("not a directory")
    ledger = WatchedLedger(site.database)
    finaliser = replace(site, ledger=ledger).finaliser()
    for now in (0.0, 5.0, 10.0, 20.0):  # the old one, the young one, the message, and the old one again
        assert await finaliser.scan(now) == 0
    site.objects.unlink()
    site.objects.mkdir()
    assert await finaliser.scan(1000.0) == 3
    assert ledger.committed == ["young", "old", "voice"]  # the first finds out that the store is back


@pytest.mark.requirement("R-13")
async def test_a_store_that_forgets_is_caught_by_reading_back(site: Site) -> None:
    path = await journal(site, "rec1")

    def fault(point: str) -> None:
        if point == "after_upload":
            for file in site.objects.rglob("*.age-payload"):
                os.truncate(file, file.stat().st_size - 1)

    assert await site.finaliser(fault).scan(0.0) == 0
    assert path.exists()
    assert not await site.ledger.find("rec1")
    assert await site.objects_stored() == []  # it was ours of a moment ago
    assert await site.finaliser().scan(0.0) == 1
    await check_stored(site, "rec1")


async def test_with_the_vault_down_journals_wait(site: Site) -> None:
    path = await journal(site, "rec1")
    nobody = replace(site, vault=VaultClient(site.root / "nobody"))
    assert await nobody.finaliser().scan(0.0) == 0
    assert path.exists()
    assert await site.finaliser().scan(0.0) == 1


async def test_a_journal_with_a_living_owner_is_left_alone(site: Site) -> None:
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    writer = JournalWriter.create(site.spool, order("rec1", *recipients), on_failure=lambda _reason: None)
    assert await site.finaliser().scan(0.0) == 0
    assert not await site.ledger.find("rec1")
    assert journals(site.spool) == {"rec1"}
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    assert await site.finaliser().scan(0.0) == 1
    assert journals(site.spool) == frozenset()
    assert (await site.row("rec1")).duration_ms < 1000  # short ones are kept


async def test_what_cannot_be_read_is_put_aside_and_others_go_on(site: Site) -> None:
    broken = await journal(site, "broken")
    broken.write_bytes(broken.read_bytes()[:100])
    swapped = await journal(site, "swapped")
    swapped.rename(site.spool / "other.jrn")
    await journal(site, "rec1")
    assert await site.finaliser().scan(0.0) == 1
    aside = {path.name for path in (site.spool / QUARANTINE).iterdir()}
    assert aside == {"broken.jrn", "other.jrn"}
    await check_stored(site, "rec1")


@pytest.mark.requirement("R-11")
async def test_a_torn_journal_is_recovered_and_says_so(site: Site) -> None:
    path = await journal(site, "rec1")
    os.truncate(path, path.stat().st_size - 5)
    assert await site.finaliser().scan(0.0) == 1
    row = await site.row("rec1")
    assert row.recovered
    assert manifest.parse(row.manifest)["damage"]["reason"] == "a torn record"


@pytest.mark.requirement("E-01")
@pytest.mark.requirement("REC-08")
async def test_no_plaintext_lies_anywhere_at_any_step(site: Site) -> None:
    await journal(site, "rec1")
    seen: list[str] = []

    def scan(point: str) -> None:
        seen.append(point)
        for path in site.root.rglob("*"):
            if path.is_file():
                octets = path.read_bytes()
                stereo = bytes(
                    octet for pair in zip(MARKER[:20], b"\xff" * 20, strict=True) for octet in pair
                )
                assert MARKER[:40] not in octets, (point, path)
                assert stereo not in octets, (point, path)

    assert await site.finaliser(scan).scan(0.0) == 1
    assert tuple(seen) == FAULT_POINTS


@pytest.mark.requirement("R-18")
async def test_a_recording_of_no_sound_or_of_one_silent_packet_is_kept_like_any_other(site: Site) -> None:
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    for name, n_packets in (("empty", 0), ("silent", 1)):
        writer = JournalWriter.create(site.spool, order(name, *recipients), on_failure=pytest.fail)
        for _ in range(n_packets):
            writer.packet(0, writer.origin_ns, b"\x80" + bytes(11) + b"\xff" * 160)
        writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    assert await site.finaliser().scan(0.0) == 2
    for name in ("empty", "silent"):
        row = await site.row(name)
        assert (await verify(row, site.store, await site.key(row), site.keys.public_key)).problems == ()
    assert (await reconcile([site.spool], site.store, site.ledger)).rows_without_object == ()


async def test_the_process_finalises_and_stops_in_order(site: Site) -> None:
    await journal(site, "rec1")
    signed, outside = note(checkpoint(1)), site.root / "outside"
    await AuditLog(site.database).keep_note(1, signed, utc_now())
    config = site.root / "finaliser.json"
    settings = {
        "checkpoints": {"kind": "local", "directory": str(outside)},
        "spool": str(site.spool),
        "vault": str(site.root / "v"),
        "database": f"sqlite+aiosqlite:///{site.root}/pbx.db",
        "store": {"kind": "local", "directory": str(site.objects)},
        "config": str(shutil.copytree(SAMPLE, site.root / "config")),
        "retention_locks": True,
    }
    with (site.root / "config" / "acme" / "recording.yaml").open("a") as terms:
        terms.write("retention: {quality: {days: 36500, lock: governance, lock_days: 36500}}\n")
    config.write_text(json.dumps(settings))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pbx.recording.io.finaliser", "--config", str(config)
    )
    try:
        async with asyncio.timeout(60):  # a loaded machine takes long to start a process
            ledger = SqlCopyLedger(site.database)
            while await ledger.get("rec1") is None or list(site.spool.glob("rec1*")):
                await asyncio.to_thread(time.sleep, 0.05)
            while not (copies := list(outside.rglob("*.note"))):
                await asyncio.to_thread(time.sleep, 0.05)
    finally:
        process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    await check_stored(site, "rec1")
    facts = [fact for _, fact in await AuditStore(site.database).list()]
    (locked,) = [fact.details for fact in facts if fact.kind == "recording.not_locked"]
    assert (locked["mode"], locked["reason"]) == ("governance", "not_offered")
    assert [copy.read_bytes() for copy in copies] == [signed]


async def test_a_journal_to_keys_that_the_vault_has_lost_waits_for_them(site: Site) -> None:
    recipient = str(generate_identity(SeededIds("lost")).recipient)
    writer = JournalWriter.create(site.spool, order("rec", recipient), on_failure=pytest.fail)
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    assert await site.finaliser().scan(0.0) == 0
    assert [path.name for path in site.spool.iterdir()] == ["rec.jrn"]
