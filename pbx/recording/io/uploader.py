"""One sealed recording into the object store: created once, adopted when it is there, read back always.

An earlier attempt may have stored the object and died before the commit. Its octets are the same, because
the payload is sealed once, so what is there is compared and adopted.
"""

from collections.abc import Callable
from pathlib import Path

import structlog

from pbx.core.errors import StorageError
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore, verify

_log = structlog.get_logger()


class Uploader:
    """Puts payloads into one store; `fault` is called by name between the steps."""

    def __init__(self, store: ObjectStore, fault: Callable[[str], None]) -> None:
        self._store, self._fault = store, fault

    async def upload(self, finished: FinishedRecording, payload: Path) -> None:
        """Return when the store holds exactly these octets; StorageError otherwise."""
        is_kept = await self._adopt(finished)
        if not is_kept:
            await self._store.put_file(finished.object_key, payload, finished.sha256_cipher)
        self._fault("after_upload")
        # Also when somebody else was faster: then his object is compared.
        if not is_kept and not await self._holds(finished):
            raise StorageError("the object store did not keep the object", retryable=False)
        self._fault("after_verify")

    async def _adopt(self, finished: FinishedRecording) -> bool:
        """Whether an earlier attempt stored it; a damaged object makes room.

        Nothing refers to that one: its name is a MAC under this recording's key, and no row was committed.
        """
        if await self._store.head(finished.object_key) is None:
            return False
        if await self._holds(finished):
            return True
        _log.error("object differs from the recording, it is stored anew", key=finished.object_key)
        await self._store.delete(finished.object_key)
        return False

    async def _holds(self, finished: FinishedRecording) -> bool:
        return await verify(self._store, finished.object_key, finished.size, finished.sha256_cipher)
