"""Puts the retention lock of its purposes on a recording's object, once it is uploaded and before its row.

A store without locks, or one that refuses, costs no recording: it is an ERROR and a fact of the audit log.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from pbx.core.audit import AuditFact
from pbx.core.errors import ConfigError, StorageError
from pbx.core.io.clock import utc_now
from pbx.lifecycle.io.due import Policies
from pbx.lifecycle.object_lock import LockEnd, lock_fact, lock_of
from pbx.lifecycle.retention import Kept
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore

READ_AGAIN = timedelta(minutes=1)  # of the terms: a batch of recordings reads them once
_log = structlog.get_logger()


@runtime_checkable
class LockingStore(Protocol):
    """What a back end with object lock offers besides `ObjectStore`."""

    async def set_retention(self, key: str, mode: str, until: datetime) -> LockEnd:
        """Lock an object, read back."""
        ...


class Told(Protocol):
    """What the parties of a call were told; StorageError when it is not known now."""

    async def begun(self, finished: FinishedRecording) -> Kept: ...


class Facts(Protocol):
    """The audit log; StorageError."""

    async def append(self, fact: AuditFact, at: datetime) -> None: ...


class ObjectLocks:
    """One store, and the terms of all tenants as they are written now."""

    def __init__(
        self, store: ObjectStore, told: Told, facts: Facts, policies: Callable[[], Policies]
    ) -> None:
        self._store, self._told, self._facts, self._policies = store, told, facts, policies
        self._terms: Policies | None = None
        self._read_at: datetime | None = None

    async def lock(self, finished: FinishedRecording) -> None:
        """Lock the object of a recording if its purposes ask for it; StorageError when that has to wait."""
        now = utc_now()
        policy = (await self._current(now)).get(finished.tenant)
        if policy is None or not policy.locks:
            return
        kept = await self._told.begun(finished)
        lock = lock_of(kept, policy, now)
        if lock is None:
            return
        end: LockEnd = "not_offered"
        if isinstance(self._store, LockingStore):
            end = await self._store.set_retention(finished.object_key, lock.mode, lock.until)
        if end != "locked":
            _log.error("a recording is stored without its lock", recording=kept.recording, reason=end)
        await self._facts.append(lock_fact(kept, lock, end), now)

    async def _current(self, now: datetime) -> Policies:
        """The terms of a minute ago at most; while a file has a mistake, the last ones without."""
        if self._terms is None or self._read_at is None or now - self._read_at >= READ_AGAIN:
            try:
                self._terms = await asyncio.to_thread(self._policies)
            except ConfigError as error:
                if self._terms is None:
                    raise StorageError(
                        f"the terms of retention cannot be read: {error}", retryable=False
                    ) from None
            self._read_at = now
        return self._terms
