"""From journal to master: killed between every two steps, with the store down, with a broken journal."""

import asyncio
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.core.io.channel import serve
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording import manifest
from pbx.recording.age import generate_identity
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import journal_writer
from pbx.recording.io.finaliser import FAULT_POINTS, QUARANTINE, Finaliser
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.reader import decrypt_wav, export, verify
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_client import FileKey, VaultClient
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.vault_messages import REPLIES, REQUESTS, AskUnwrap
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger

MARKER = bytes(range(100, 140)) * 4  # one frame, nowhere else in any file
N_FRAMES = 100


class Killed(BaseException):
    """Stands for kill -9 at a named point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One machine: spool, vault, store and database in a directory."""

    root: Path
    spool: Path
    store: LocalDirectory
    objects: Path
    ledger: SqlRecordingLedger
    vault: VaultClient
    keys: KeyDirectory

    def finaliser(self, fault: Callable[[str], None] = lambda _point: None) -> Finaliser:
        return Finaliser(self.spool, self.vault, self.store, self.ledger, ids=SeededIds("f"), fault=fault)

    async def objects_stored(self) -> list[str]:
        return await self.store.list()

    async def row(self, recording: str) -> FinishedRecording:
        found = await self.ledger.get(recording)
        assert found is not None
        return found

    async def key(self, row: FinishedRecording) -> Secret[bytes]:
        request = AskUnwrap(
            recording=row.recording, header=row.header, actor="test", purpose="play", tenant=row.tenant
        )
        answer = await self.vault.unwrap(request)
        assert isinstance(answer, FileKey)
        return answer.key


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    spool = tmp_path / "spool"
    spool.mkdir()
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    await database.migrate()
    keys = KeyDirectory(tmp_path / "keys")
    server = await serve(tmp_path / "v", (REQUESTS, REPLIES), Vault(keys, tmp_path / "audit").attend)
    client = VaultClient(tmp_path / "v")
    objects = tmp_path / "objects"
    objects.mkdir()
    yield Site(
        root=tmp_path,
        spool=spool,
        store=LocalDirectory(objects),
        objects=objects,
        ledger=SqlRecordingLedger(database),
        vault=client,
        keys=keys,
    )
    client.close()
    server.close()
    await database.close()


def order(recording: str, *recipients: str, tenant: str = "acme") -> StartRecording:
    return StartRecording(
        recording=RecordingId(recording),
        leg=LegId("leg-1"),
        tenant=tenant,
        call=CallId("call-1"),
        kind="call",
        recipients=recipients,
        started_at="2026-01-02T03:04:05+00:00",
    )


async def journal(site: Site, recording: str, *, tenant: str = "acme") -> Path:
    """Write a closed journal of two seconds: the marker in channel 1."""
    recipients = await site.vault.recipients(tenant)
    assert isinstance(recipients, tuple)
    reasons: list[str] = []
    writer = JournalWriter.create(
        site.spool, order(recording, *recipients, tenant=tenant), on_failure=reasons.append
    )
    start = writer.origin_ns
    for i in range(N_FRAMES):
        packet = struct.pack("!BBHII", 0x80, 0, i, 160 * i, 7) + MARKER
        writer.packet(0, start + i * 20_000_000, packet)
    writer.note("consent.granted", {"leg": "leg-1"}, start + 1_000_000)
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    assert reasons == []
    return site.spool / f"{recording}.jrn"


async def check_stored(site: Site, recording: str) -> FinishedRecording:
    """The one object holds the sound, everything verifies, and the spool is empty."""
    row = await site.row(recording)
    assert row.object_key in await site.objects_stored()
    key = await site.key(row)
    assert (await verify(row, site.store, key, site.keys.public_key)).problems == ()
    wav = await decrypt_wav(row, site.store, key)
    assert wav[58:][0::2] == MARKER * N_FRAMES
    assert not list(site.spool.glob(f"{recording}*"))
    return row


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
        left = [turn % (len(FAULT_POINTS) - 3)]  # never further than the commit

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
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    assert await site.finaliser().scan(0.0) == 1
    assert (await site.row("rec1")).duration_ms == 0  # short ones are kept


async def test_what_cannot_be_read_is_put_aside_and_others_go_on(site: Site) -> None:
    broken = await journal(site, "broken")
    broken.write_bytes(broken.read_bytes()[:100])
    foreign = JournalWriter.create(
        site.spool,
        order("foreign", str(generate_identity(SeededIds()).recipient)),
        on_failure=lambda _reason: None,
    )
    foreign.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    swapped = await journal(site, "swapped")
    swapped.rename(site.spool / "other.jrn")
    await journal(site, "rec1")
    assert await site.finaliser().scan(0.0) == 1
    aside = {path.name for path in (site.spool / QUARANTINE).iterdir()}
    assert aside == {"broken.jrn", "foreign.jrn", "other.jrn"}
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


async def test_an_export_opens_with_the_stock_age_command(site: Site) -> None:
    assert shutil.which("age"), "the age command must be installed"
    await journal(site, "rec1")
    await site.finaliser().scan(0.0)
    row = await site.row("rec1")
    out = site.root / "out.age"
    await export(row, site.store, out)
    process = await asyncio.create_subprocess_exec(
        "age", "-d", "-i", site.root / "keys" / "acme.age", out, stdout=subprocess.PIPE
    )
    decrypted, _ = await process.communicate()
    assert process.returncode == 0
    assert decrypted == await decrypt_wav(row, site.store, await site.key(row))


def flipped(octets: bytes) -> bytes:
    middle = len(octets) // 2
    return octets[:middle] + bytes([octets[middle] ^ 1]) + octets[middle + 1 :]


async def test_verification_says_no_after_one_flipped_bit_anywhere(site: Site) -> None:
    await journal(site, "rec1")
    await site.finaliser().scan(0.0)
    row = await site.row("rec1")
    key, public = await site.key(row), site.keys.public_key
    for wrong in (
        replace(row, header=flipped(row.header)),
        replace(row, manifest=flipped(row.manifest)),
        replace(row, signature=flipped(row.signature)),
        replace(row, recording="rec2"),
    ):
        assert not (await verify(wrong, site.store, key, public)).ok
    (file,) = site.objects.rglob("*.age-payload")
    octets = bytearray(file.read_bytes())
    for at in (0, 16, len(octets) // 2, len(octets) - 1):
        octets[at] ^= 1
        file.write_bytes(octets)
        assert not (await verify(row, site.store, key, public)).ok, at
        octets[at] ^= 1
    file.write_bytes(octets)
    assert (await verify(row, site.store, key, public)).ok
    file.unlink()
    assert (await verify(row, site.store, key, public)).problems == ("the object is missing",)


@pytest.mark.requirement("E-10")
async def test_two_tenants_cannot_open_each_other(site: Site) -> None:
    await journal(site, "rec1", tenant="acme")
    await site.vault.recipients("globex")
    await site.finaliser().scan(0.0)
    row = replace(await site.row("rec1"), tenant="globex")
    request = AskUnwrap(recording="rec1", header=row.header, actor="a", purpose="p", tenant="globex")
    assert not isinstance(await site.vault.unwrap(request), FileKey)


async def test_the_process_finalises_and_stops_in_order(site: Site) -> None:
    await journal(site, "rec1")
    config = site.root / "finaliser.json"
    settings = {
        "spool": str(site.spool),
        "vault": str(site.root / "v"),
        "database": f"sqlite+aiosqlite:///{site.root}/pbx.db",
        "store": {"kind": "local", "directory": str(site.objects)},
    }
    config.write_text(json.dumps(settings))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pbx.recording.io.finaliser", "--config", str(config)
    )
    try:
        async with asyncio.timeout(20):
            while not await site.ledger.find("rec1") or list(site.spool.glob("rec1*")):
                await asyncio.to_thread(time.sleep, 0.05)
    finally:
        process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    await check_stored(site, "rec1")
