"""Saves call records, consents and audit facts in the order they were made, and retries."""

import asyncio
import logging
from datetime import datetime

from pbx.call.effects import Audit, SaveCall, SaveConsent
from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore

Entry = SaveCall | SaveConsent | Audit
MAX_WAITING = 20_000  # two minutes of records at 100 calls per second; older facts win, newer are counted
RETRY_S = 1.0
_log = logging.getLogger("pbx.ledger")


class Ledger:
    """A bounded queue and one writer; a call never waits for the database."""

    def __init__(self, calls: CallStore, consents: ConsentStore, audit: AuditStore) -> None:
        self._calls, self._consents, self._audit = calls, consents, audit
        self._queue: asyncio.Queue[tuple[Entry, datetime]] = asyncio.Queue(MAX_WAITING)
        self.dropped = 0

    def put(self, entry: Entry) -> None:
        """Queue a fact; when the database has been away for too long, count and complain."""
        try:
            self._queue.put_nowait((entry, utc_now()))
        except asyncio.QueueFull:
            self.dropped += 1
            _log.error("ledger full: %d facts lost, is the database up?", self.dropped)

    async def run(self) -> None:
        """Write for ever."""
        while True:
            entry, at = await self._queue.get()
            await self._write(entry, at)
            self._queue.task_done()

    async def flush(self) -> None:
        """Wait until everything queued is written."""
        await self._queue.join()

    async def _write(self, entry: Entry, at: datetime) -> None:
        while True:
            try:
                match entry:
                    case SaveCall():
                        await self._calls.save(entry.record)
                    case SaveConsent():
                        await self._consents.save(entry.record)
                    case Audit():
                        await self._audit.append(entry.fact, at)
                return
            except StorageError as error:
                _log.error("ledger: %s", error)
                if not error.retryable:
                    return
                await asyncio.sleep(RETRY_S)
