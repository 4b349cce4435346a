"""Evidence: what a call left in the database and the object store, read as an auditor would."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from pbx.call.record import CallRecord, ConsentRecord
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.errors import ParseError, StorageError
from pbx.core.io.clock import monotonic
from pbx.core.secret import Secret
from pbx.media.wav import read
from pbx.recording.effects import FinishedRecording
from pbx.recording.export import Verdict
from pbx.recording.io import finaliser_config, reader
from pbx.recording.io.object_store import LocalDirectory, ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import AskUnwrap, Refused
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.recordings import SqlRecordingLedger
from pbx.testphone import signal

LOOK_EVERY_S = 0.25
LOOKED_AT = 50  # newest calls
SUBSCRIBER_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A recording with what opens and proves it."""

    row: FinishedRecording
    file_key: Secret[bytes]
    public_key: bytes


class Evidence:
    """Database, object store and vault of a running PBX, for reading; an async context manager."""

    def __init__(self, places: Places, configuration: Configuration) -> None:
        """ConfigError when the finaliser's configuration, which names the object store, is not there."""
        keys = StoreKeys.load_or_create(places.store_keys)
        self._database = Database(places.database_url(configuration.pbx))
        self._calls = CallStore(self._database, keys)
        self._consents = ConsentStore(self._database)
        self._recordings = SqlRecordingLedger(self._database)
        self._vault = VaultClient(places.vault_socket)
        self._store: ObjectStore = finaliser_config.open_store(
            finaliser_config.load(places.finaliser_config).store
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vault.close()
        await self._database.close()

    async def finished_call(
        self, since: datetime, numbers: tuple[str, str], timeout_s: float
    ) -> tuple[CallRecord, FinishedRecording] | None:
        """Return the newest call between these numbers and its recording, once both are complete."""
        deadline = monotonic() + timeout_s
        while True:
            found = await self._look(since, numbers)
            if found is not None or monotonic() >= deadline:
                return found
            await asyncio.sleep(LOOK_EVERY_S)

    async def consents_of(self, call: CallRecord) -> list[ConsentRecord]:
        """Return the stored consents that the call names."""
        found = [await self._consents.get(name) for name in call.consents]
        return [one for one in found if one is not None]

    async def open(self, row: FinishedRecording, purpose: str) -> Opened | None:
        """Have the vault open a recording on the record; None when it refuses."""
        request = AskUnwrap(
            recording=row.recording, header=row.header, actor="demo", purpose=purpose, tenant=row.tenant
        )
        answer, public_key = await self._vault.unwrap(request), await self._vault.public_key()
        if isinstance(answer, Refused) or isinstance(public_key, Refused):
            return None
        return Opened(row=row, file_key=answer.key, public_key=public_key)

    async def wav(self, opened: Opened) -> bytes:
        """Return the decrypted master."""
        return await reader.decrypt_wav(opened.row, self._store, opened.file_key)

    async def verify(self, opened: Opened) -> Verdict:
        """Verify the recording as it is stored."""
        return await reader.verify(opened.row, self._store, opened.file_key, opened.public_key)

    async def verify_changed_copy(self, opened: Opened) -> Verdict:
        """Verify a copy of the object with one flipped bit; the object itself is only read."""
        octets = bytearray(await self._store.read(opened.row.object_key))
        octets[len(octets) // 2] ^= 1
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / "changed"
            await asyncio.to_thread(changed.write_bytes, octets)
            copies = LocalDirectory(Path(folder) / "objects")
            await copies.put_file(opened.row.object_key, changed, sha256(octets).hexdigest())
            return await reader.verify(opened.row, copies, opened.file_key, opened.public_key)

    async def _look(
        self, since: datetime, numbers: tuple[str, str]
    ) -> tuple[CallRecord, FinishedRecording] | None:
        wanted = tuple(map(subscriber, numbers))
        for call in await self._calls.list(LOOKED_AT):
            is_ours = (subscriber(call.caller_number), subscriber(call.called)) == wanted
            if call.offered_at < since or not is_ours:
                continue
            row = await self._recordings.get(call.recording) if call.recording else None
            return (call, row) if call.ended_at is not None and row is not None else None
        return None


def subscriber(number: str) -> str:
    """Return the digits that +44, 0044 and 0 before a number do not change."""
    return "".join(filter(str.isdecimal, number))[-SUBSCRIBER_DIGITS:]


def recorded_prompt(prompts: Path, language: str, text: str) -> signal.Samples | None:
    """Return the recording of a sentence from the tenant's prompt index, None when there is none."""
    folder = prompts / language
    try:
        index = yaml.safe_load((folder / "index.yaml").read_text(encoding="utf-8"))
        files = {str(sentence): str(name) for name, sentence in index.items()}
        return signal.samples(read((folder / files[text]).read_bytes())) if text in files else None
    except (OSError, AttributeError, ParseError, yaml.YAMLError) as error:
        raise StorageError(f"the prompts of {language}: {type(error).__name__}", retryable=False) from None


def device_secret(places: Places, device: str) -> Secret[str]:
    """Return a telephone's secret by `tenant/extension`; StorageError when there is none."""
    try:
        secrets = yaml.safe_load(places.secrets.read_text(encoding="utf-8"))
        return Secret(str(secrets[device]))
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        raise StorageError(f"{places.secrets.name} has no secret of {device}", retryable=False) from None
