"""One machine with spool, vault, store and database for the tests of finalised recordings."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage

from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.core.io.channel import serve
from pbx.core.secret import Secret
from pbx.media.effects import StartRecording
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import journal_writer
from pbx.recording.io.finaliser import Finaliser
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.object_store import LocalDirectory, ObjectStore
from pbx.recording.io.reader import decrypt_wav, verify
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_client import FileKey, VaultClient
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.vault_messages import REPLIES, REQUESTS, AskUnwrap
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger
from tests.migrated import migrated

MARKER = bytes(range(100, 140)) * 4  # one frame, nowhere else in any file
N_FRAMES = 100


class WatchedLedger(SqlRecordingLedger):
    """Remembers in which order recordings were committed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.committed: list[str] = []

    async def commit(self, finished: FinishedRecording) -> None:
        await super().commit(finished)
        self.committed.append(finished.recording)


class Prompt(Finaliser):
    """Its disks are fast."""

    quiet_s = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One machine: spool, vault, store and database in a directory."""

    root: Path
    spool: Path
    store: ObjectStore
    objects: Path
    database: Database
    ledger: SqlRecordingLedger
    vault: VaultClient
    keys: KeyDirectory

    def finaliser(self, fault: Callable[[str], None] = lambda _point: None, seed: str = "f") -> Finaliser:
        """One that waits for the ends of calls only, not for slow disks."""
        return Prompt(self.spool, self.vault, self.store, self.ledger, ids=SeededIds(seed), fault=fault)

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


@asynccontextmanager
async def open_site(tmp_path: Path, keys: KeyDirectory | None = None) -> AsyncIterator[Site]:
    """Run a vault and a database for one test, with keys of its own unless there are some."""
    spool = tmp_path / "spool"
    spool.mkdir(parents=True)
    database = await migrated(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    keys = keys or KeyDirectory(tmp_path / "keys")
    server = await serve(tmp_path / "v", (REQUESTS, REPLIES), Vault(keys, tmp_path / "audit").attend)
    client = VaultClient(tmp_path / "v")
    objects = tmp_path / "objects"
    objects.mkdir()
    yield Site(
        root=tmp_path,
        spool=spool,
        store=LocalDirectory(objects),
        objects=objects,
        database=database,
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
        policy={"rules_version": "7"},
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


def by_pyrage(site: Site, row: FinishedRecording, payload: bytes) -> bytes:
    """What a stranger's tool finds in header and payload with the tenant's identity (E-03)."""
    text = site.keys.identity(row.tenant).text().reveal()  # its file may be wrapped
    return bytes(pyrage.decrypt(row.header + payload, [pyrage.x25519.Identity.from_str(text)]))


async def check_stored(site: Site, recording: str) -> FinishedRecording:
    """The one object holds the sound, everything verifies, and the spool is empty."""
    row = await site.row(recording)
    assert row.object_key in await site.objects_stored()
    key = await site.key(row)
    assert (await verify(row, site.store, key, site.keys.public_key)).problems == ()
    wav = await decrypt_wav(row, site.store, key)
    assert wav[58:][0::2] == MARKER * N_FRAMES
    assert by_pyrage(site, row, await site.store.read(row.object_key)) == wav
    assert not list(site.spool.glob(f"{recording}*"))
    return row
