"""Works erasures off: key, copies in the spool, octets in the database's files, object, row, receipt.

Each step may be the last before a crash; the next run goes on behind it, in whatever process that is.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import structlog

from pbx.core.errors import StorageError, TransportError
from pbx.core.io.clock import utc_now
from pbx.lifecycle import receipt
from pbx.lifecycle.erasure import Erasure, ObjectEnd, next_step
from pbx.recording.io import sealed_spool
from pbx.recording.io.journal_files import part_name
from pbx.recording.io.journal_parts import QUARANTINE, journals, of_recording
from pbx.recording.io.key_files import overwrite
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.journal import FIRST_PART
from pbx.recording.vault_messages import Refused

FAULT_POINTS = ("after_shred", "after_scrub", "after_object", "after_sign", "after_finish")
_log = structlog.get_logger()


class Gone(Protocol):
    """What came of a key's deletion."""

    @property
    def header(self) -> bytes | None: ...


class ErasureFile(Protocol):
    """Where erasures stand; StorageError when it is down."""

    async def pending(self, recording: str = "", behind: Erasure | None = None) -> list[Erasure]: ...

    async def shred(self, recording: str, at: datetime) -> Gone | None: ...

    async def scrub(self, headers: Sequence[bytes]) -> None: ...

    async def scrubbed(self, recording: str, at: datetime) -> None: ...

    async def object_gone(self, recording: str, end: ObjectEnd, at: datetime) -> None: ...

    async def finish(self, erasure: Erasure, proof: tuple[bytes, bytes], at: datetime) -> None: ...


@runtime_checkable
class VersionedStore(Protocol):
    """What a back end that may keep old versions offers besides `ObjectStore`."""

    async def delete_versions(self, key: str) -> ObjectEnd:
        """Delete every version of a deleted object, and say what stays."""
        ...


def _no_fault(_point: str) -> None:
    """The fault points of a process in service do nothing."""


def _tell_nobody(_n_done: int) -> None:
    """Nobody looks at the process that erases at night."""


class Eraser:
    """Brings erasures to their end; `fault` is called by name behind each step, `told` with 1 at each end."""

    def __init__(
        self,
        file: ErasureFile,
        store: ObjectStore,
        vault: VaultClient,
        spools: Sequence[Path],
        *,
        fault: Callable[[str], None] = _no_fault,
        told: Callable[[int], None] = _tell_nobody,
    ) -> None:
        self._file, self._store, self._vault, self._spools = file, store, vault, spools
        self._fault, self._told = fault, told
        self._headers: dict[str, bytes] = {}

    async def work(self, recording: str = "") -> int:
        """Take every pending erasure, or that of one recording, as far as it goes; return how many are over.

        What cannot be done now is a warning, and is tried again at the next call.
        """
        n_done, behind = 0, None
        while page := await self._file.pending(recording, behind):
            behind = page[-1]
            n_done += await self._work([one.recording for one in page])
        return n_done

    async def _work(self, page: list[str]) -> int:
        await self._shred(await self._now(page))
        await self._scrub(await self._now(page))
        n_done = 0
        for one in await self._now(page):
            try:
                n_done += await self._end(one)
            except (StorageError, TransportError) as error:
                _log.warning("an erasure waits", recording=one.recording, reason=str(error))
        return n_done

    async def _now(self, page: list[str]) -> list[Erasure]:
        """Where they stand now: other processes work too."""
        return [one for recording in page for one in await self._file.pending(recording)]

    async def _shred(self, pending: list[Erasure]) -> None:
        wanted = [one for one in pending if next_step(one) == "shred"]
        # A journal that is not finished yet would bring the recording back; its disk may stand still.
        unfinished = await asyncio.to_thread(journals, *self._spools) if wanted else frozenset()
        for one in wanted:
            if one.recording not in unfinished:
                gone = await self._file.shred(one.recording, utc_now())
                if gone is None:
                    _log.info("a legal hold stops an erasure", recording=one.recording)
                elif gone.header is not None:
                    self._headers[one.recording] = gone.header
        self._fault("after_shred")

    async def _scrub(self, pending: list[Erasure]) -> None:
        """Once for all of them: it reads the database's files from end to end."""
        keyless = [one for one in pending if next_step(one) == "scrub" and self._forgot_copies(one)]
        if not keyless:
            return
        try:
            known = [self._headers.get(one.recording) for one in keyless]
            headers = [header for header in known if header is not None]
            await self._file.scrub(headers if len(headers) == len(known) else ())
        except StorageError as error:
            _log.warning("deleted keys wait for the database's files", n=len(keyless), reason=str(error))
            return
        self._fault("after_scrub")
        for one in keyless:
            await self._file.scrubbed(one.recording, utc_now())
            self._headers.pop(one.recording, None)

    async def _end(self, one: Erasure) -> int:
        if next_step(one) == "delete_object":
            ends = [await self._gone(key) for key in (one.object_key, one.copy_key) if key]
            end: ObjectEnd = next((end for end in ends if end != "deleted"), "deleted")
            self._fault("after_object")
            await self._file.object_gone(one.recording, end, utc_now())
            (one,) = await self._file.pending(one.recording) or [one]
        if next_step(one) != "finish":
            return 0
        octets = receipt.build(one)
        signature = await self._vault.sign_receipt(octets)
        if isinstance(signature, Refused):
            raise StorageError(f"the vault refuses: {signature.reason}", retryable=True)
        self._fault("after_sign")
        await self._file.finish(one, (octets, signature), utc_now())
        self._fault("after_finish")
        self._told(1)
        _log.info("recording erased", recording=one.recording, ground=one.ground, extent=one.extent)
        return 1

    async def _gone(self, key: str) -> ObjectEnd:
        """Delete an object; return what its store keeps of it."""
        await self._store.delete(key)
        if await self._store.head(key) is not None:
            raise StorageError("the object store keeps the object", retryable=True)
        return (
            await self._store.delete_versions(key) if isinstance(self._store, VersionedStore) else "deleted"
        )

    def _forgot_copies(self, one: Erasure) -> bool:
        """A journal in quarantine has the wrapped key in its head; False when it cannot be deleted now."""
        try:
            for spool in self._spools:
                sealed_spool.forget(spool / part_name(one.recording, FIRST_PART))
                for aside in of_recording(one.recording, spool / QUARANTINE):
                    overwrite(aside)
        except OSError as error:
            _log.warning("an erasure waits for the spool", recording=one.recording, reason=error.strerror)
            return False
        return True
