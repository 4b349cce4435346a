"""A whole installation in a temporary folder: sample configuration, real database, vault and objects."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pbx.cli.main import run
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.core.io.channel import serve
from pbx.media.effects import StartRecording
from pbx.recording.io import journal_writer
from pbx.recording.io.finaliser import Finaliser
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.vault_messages import REPLIES, REQUESTS
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger
from tests.migrated import migrated

SAMPLE = Path(__file__).parents[2] / "config"
SOUND = bytes(range(100, 140)) * 4  # one frame of 20 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one command line said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Pbx = Callable[..., Coroutine[Any, Any, Answer]]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A copy of the sample configuration and the private folders beside it."""
    shutil.copytree(SAMPLE, tmp_path / "config")
    places = Places(base=tmp_path)
    places.make()
    return places


@pytest.fixture
def pbx(places: Places, capsys: pytest.CaptureFixture[str]) -> Pbx:
    """Return a function that runs one command line against the installation."""

    async def command(*words: str) -> Answer:
        capsys.readouterr()
        code = await asyncio.to_thread(run, [*words, "--config", str(places.base / "config")])
        said = capsys.readouterr()
        return Answer(code=code, out=said.out, err=said.err)

    return command


@pytest.fixture
async def database(places: Places) -> AsyncIterator[Database]:
    """The installation's database with its tables."""
    database = await migrated(places.database_url(load(places.base / "config").pbx))
    yield database
    await database.close()


@pytest.fixture
async def vault(places: Places) -> AsyncIterator[VaultClient]:
    """The vault behind the installation's socket."""
    attend = Vault(KeyDirectory(places.vault_keys), places.vault_audit).attend
    server = await serve(places.vault_socket, (REQUESTS, REPLIES), attend)
    client = VaultClient(places.vault_socket)
    yield client
    client.close()
    server.close()


@pytest.fixture
async def recording(places: Places, database: Database, vault: VaultClient) -> str:
    """The name of one finished recording of two seconds."""
    return await finished(places, database, vault, "rec-1", [SOUND] * 100)


async def finished(
    places: Places, database: Database, vault: VaultClient, name: str, frames: Sequence[bytes]
) -> str:
    """Record some frames of 20 ms of the caller under this name, and finish it."""
    recipients = await vault.recipients("acme")
    assert isinstance(recipients, tuple)
    order = StartRecording(
        recording=RecordingId(name),
        leg=LegId("leg-1"),
        tenant="acme",
        call=CallId("call-1"),
        kind="call",
        recipients=recipients,
        started_at="2026-01-02T03:04:05+00:00",
    )
    writer = JournalWriter.create(places.spool, order, on_failure=pytest.fail)
    for i, frame in enumerate(frames):
        head = bytes((0x80, 0)) + i.to_bytes(2, "big") + (160 * i).to_bytes(4, "big") + bytes(4)
        writer.packet(0, writer.origin_ns + i * 20_000_000, head + frame)
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    store = LocalDirectory(places.var / "objects")
    finaliser = Finaliser(places.spool, vault, store, SqlRecordingLedger(database), ids=SeededIds(name))
    assert await finaliser.scan(0.0) == 1
    return name
