"""Tries again to delete what the object store has kept of erased recordings: a lock has a last day.

Nobody could open it since the erasure; this is about the octets. Its success has a receipt of its own.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog

from pbx.core.errors import StorageError, TransportError
from pbx.core.io.clock import utc_now
from pbx.lifecycle import receipt
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.io.eraser import VersionedStore
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import Refused

_log = structlog.get_logger()


class ErasedFile(Protocol):
    """Where finished erasures stand; StorageError when it is down."""

    async def left(self, behind: Erasure | None = None) -> list[Erasure]: ...

    async def swept(self, erasure: Erasure, proof: tuple[bytes, bytes], at: datetime) -> bool: ...


class Sweeper:
    """Goes through all erasures whose object is not wholly gone, oldest first."""

    def __init__(self, file: ErasedFile, store: ObjectStore, vault: VaultClient) -> None:
        self._file, self._store, self._vault = file, store, vault

    async def work(self) -> int:
        """Return how many objects are gone now; what cannot be done is tried again at the next call."""
        if not isinstance(self._store, VersionedStore):
            return 0
        n_gone, behind = 0, None
        while page := await self._file.left(behind):
            behind = page[-1]
            for one in page:
                try:
                    n_gone += await self._sweep(one, self._store)
                except (StorageError, TransportError) as error:
                    _log.warning("an old version waits", recording=one.recording, reason=str(error))
        return n_gone

    async def _sweep(self, one: Erasure, store: VersionedStore) -> bool:
        ends = [await store.delete_versions(key) for key in (one.object_key, one.copy_key) if key]
        if any(end != "deleted" for end in ends):
            return False
        now = utc_now()
        gone = replace(one, object="deleted", object_gone_at=now)
        octets = receipt.build(gone)
        signature = await self._vault.sign_receipt(octets)
        if isinstance(signature, Refused):
            raise StorageError(f"the vault refuses: {signature.reason}", retryable=True)
        if not await self._file.swept(gone, (octets, signature), now):
            return False
        _log.info("the last octets of an erased recording are gone", recording=one.recording)
        return True
