"""Makes the playback copy of a finished recording, from the master as it is stored.

Each step may be the last before a crash; begun again, what was left is taken away first, so that there is one
row and one object. The sealed octets lie in a file of the spool that has no name: a process that dies leaves
nothing, and plaintext is on no disk (E-01). Errors: StorageError, TransportError from the vault, ParseError
for a master that is not authentic.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from pbx.core.errors import ParseError, StorageError
from pbx.core.ids import Ids
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording import playback_copy
from pbx.recording.age import NONCE_SIZE, PayloadEncryptor, build_header, parse_recipient
from pbx.recording.age_keys import FILE_KEY_SIZE
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore, verify
from pbx.recording.io.sound import open_sound
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.playback_copy import CopyLedger, PlaybackCopy
from pbx.recording.playback_sound import PlaybackSound, wav_form
from pbx.recording.vault_messages import AskUnwrap, Refused

PURPOSE = "playback copy"
FAULT_POINTS = (
    "after_withdraw",
    "after_delete",
    "after_forget",
    "after_begin",
    "after_payload",
    "after_upload",
    "after_verify",
    "after_commit",
)


def _no_fault(_point: str) -> None:
    """The fault points of a process in service do nothing."""


async def _at_once() -> None:
    """Nobody has to be let through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """What lies sealed in a file."""

    size: int
    sha256_cipher: str


class CopyMaker:
    """Makes copies one at a time; `fault` is called by name between every two steps."""

    def __init__(
        self,
        spool: Path,
        vault: VaultClient,
        store: ObjectStore,
        ledger: CopyLedger,
        *,
        ids: Ids,
        actor: str,
        fault: Callable[[str], None] = _no_fault,
    ) -> None:
        self._spool, self._vault, self._store, self._ledger = spool, vault, store, ledger
        self._ids, self._actor, self._fault = ids, actor, fault

    async def make(
        self, row: FinishedRecording, pause: Callable[[], Awaitable[None]] = _at_once
    ) -> PlaybackCopy:
        """Make the copy anew, whatever there is of one; `pause` is awaited between two minutes of sound."""
        await self.withdraw(row.recording)
        name = playback_copy.object_key(self._ids)
        if not await self._ledger.begin(row.recording, name):
            raise StorageError("another process makes it, or it must not be copied any more", retryable=False)
        self._fault("after_begin")
        file_key = Secret(self._ids.octets(FILE_KEY_SIZE))
        plain = self._opus(row, await self._master_key(row), pause)
        with self._file() as file:
            payload = await self._seal(plain, file_key, file)
            self._fault("after_payload")
            await self._upload(name, payload, file)
        copy = PlaybackCopy(
            recording=row.recording,
            object_key=name,
            header=await self._header(row, file_key),
            size=payload.size,
            sha256_cipher=payload.sha256_cipher,
            made_at=utc_now(),
        )
        if not await self._ledger.commit(copy):
            await self._store.delete(name)
            raise StorageError("another process makes it, or it must not be copied any more", retryable=False)
        self._fault("after_commit")
        return copy

    async def withdraw(self, recording: str) -> None:
        """Take away what there is of a copy: first what opens it, then the object, then the row."""
        name = await self._ledger.withdraw(recording)
        self._fault("after_withdraw")
        if not name:
            return
        await self._store.delete(name)
        if await self._store.head(name) is not None:
            raise StorageError("the object store keeps the old playback copy", retryable=True)
        self._fault("after_delete")
        await self._ledger.forget(recording, name)
        self._fault("after_forget")

    async def _opus(
        self, row: FinishedRecording, key: Secret[bytes], pause: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[bytes]:
        """Yield the Ogg file; ParseError when the master is not as long as its manifest says."""
        master = open_sound(row, self._store, key)
        pieces = master.excerpt(0, master.n_samples)
        sound = PlaybackSound(wav_form(await anext(pieces)), self._ids)
        yield sound.begin()
        async for piece in pieces:
            await pause()
            yield await asyncio.to_thread(sound.update, piece)
        yield sound.finish()
        if sound.n_units != master.n_samples:
            raise ParseError("less sound than the manifest says", 0)

    async def _seal(self, plain: AsyncIterator[bytes], file_key: Secret[bytes], file: BinaryIO) -> _Payload:
        encryptor = PayloadEncryptor(file_key, self._ids.octets(NONCE_SIZE))
        digest, size = sha256(), 0

        def write(octets: bytes) -> None:
            nonlocal size
            digest.update(octets)
            size += len(octets)
            file.write(octets)

        try:
            async for piece in plain:
                await asyncio.to_thread(write, encryptor.update(piece))
            write(encryptor.finish())
            file.flush()
        except OSError as error:
            raise StorageError(f"the spool refuses a file: {error.strerror}", retryable=True) from None
        return _Payload(size=size, sha256_cipher=digest.hexdigest())

    async def _upload(self, name: str, payload: _Payload, file: BinaryIO) -> None:
        """Create the object and read it back (E-17, R-13); if it is there already, a try of ours made it."""
        path = Path(f"/proc/self/fd/{file.fileno()}")
        await self._store.put_file(name, path, payload.sha256_cipher)
        self._fault("after_upload")
        if not await verify(self._store, name, payload.size, payload.sha256_cipher):
            raise StorageError("the object store did not keep the playback copy", retryable=False)
        self._fault("after_verify")

    async def _master_key(self, row: FinishedRecording) -> Secret[bytes]:
        request = AskUnwrap(
            recording=row.recording,
            header=row.header,
            actor=self._actor,
            purpose=PURPOSE,
            tenant=row.tenant,
        )
        answer = await self._vault.unwrap(request)
        if isinstance(answer, Refused):
            raise StorageError(f"the vault refuses: {answer.reason}", retryable=_is_trouble(answer))
        return answer.key

    async def _header(self, row: FinishedRecording, file_key: Secret[bytes]) -> bytes:
        """Wrap the key at last: a rotation that began while the copy was made is one that we know of."""
        answer = await self._vault.recipients(row.tenant)
        if isinstance(answer, Refused):
            raise StorageError(f"the vault refuses: {answer.reason}", retryable=_is_trouble(answer))
        recipients = [parse_recipient(text) for text in answer]
        return build_header(file_key, recipients, self._ids, recording=row.recording)

    def _file(self) -> BinaryIO:
        try:
            return tempfile.TemporaryFile(dir=self._spool)
        except OSError as error:
            raise StorageError(f"the spool refuses a file: {error.strerror}", retryable=True) from None


def _is_trouble(answer: Refused) -> bool:
    """Whether it is the vault that is in trouble, and not the recording."""
    return answer.reason in ("audit_unavailable", "keys_unavailable")
