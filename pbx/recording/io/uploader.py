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

    async def upload(self, finished: FinishedRecording, payload: Path) -> bool:
        """Return True when the store holds exactly these octets; StorageError when it did not keep them.

        False when another object has the name. It is never replaced: it may be somebody's evidence.
        """
        key = finished.object_key
        is_ours = await self._store.head(key) is None
        if is_ours:  # unless somebody else is faster: then his object is compared
            is_ours = await self._store.put_file(key, payload, finished.sha256_cipher)
        self._fault("after_upload")
        is_kept = await verify(self._store, key, finished.size, finished.sha256_cipher)
        if is_ours and not is_kept:
            # We have just created it, and nothing refers to it: the next attempt needs its name.
            await self._store.delete(key)
            raise StorageError("the object store did not keep the object", retryable=False)
        self._fault("after_verify")
        if not is_kept:
            _log.error("another object has the name of a recording", key=key, recording=finished.recording)
        return is_kept
