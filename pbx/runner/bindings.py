"""Keeps bindings across restarts: the newest state of each user, many users in one transaction."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from pbx.core.errors import StorageError
from pbx.sip.events import BindingsKept

MAX_WAITING = 20_000  # users whose state waits; each has one entry, however often he registers
GATHER_S = 0.1  # a crash loses no more of what is new
REFRESH_S = 5.0  # of what only refreshed: a telephone refreshes long before it expires
RETRY_S = 1.0
_log = logging.getLogger("pbx.bindings")


class Bindings(Protocol):
    """Where bindings are kept."""

    async def write(self, kept: Sequence[BindingsKept]) -> None:
        """Write all or, with StorageError, none."""
        ...


class BindingLedger:
    """What waits to be written, and one writer; a REGISTER never waits for the database."""

    def __init__(self, bindings: Bindings, retry_s: float = RETRY_S) -> None:
        self._bindings, self._retry_s = bindings, retry_s
        self._waiting: dict[tuple[str, str], BindingsKept] = {}
        self._some, self._news, self._at_once = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.dropped = 0  # the database was away for too long

    def put(self, kept: BindingsKept) -> None:
        """Queue the state of a user in the place of an older one."""
        key = (kept.tenant, kept.user)
        if key not in self._waiting and len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
            _log.error("%d registrations were not kept, is the database up?", self.dropped)
            return
        self._waiting[key] = kept
        self._idle.clear()
        self._some.set()
        if not kept.is_refresh:
            self._news.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._some.wait()
            await self._wait(self._news, REFRESH_S)
            await self._wait(self._at_once, GATHER_S)
            batch, self._waiting = list(self._waiting.values()), {}
            for event in (self._some, self._news, self._at_once):
                event.clear()
            await self._write(batch)
            if not self._waiting:
                self._idle.set()

    async def flush(self) -> None:
        """Wait until everything queued is written."""
        if not self._idle.is_set():
            self._news.set()
            self._at_once.set()
            await self._idle.wait()

    async def _wait(self, event: asyncio.Event, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await event.wait()
        except TimeoutError:
            return

    async def _write(self, batch: list[BindingsKept]) -> None:
        while True:
            try:
                await self._bindings.write(batch)
                return
            except StorageError as error:
                _log.error("%s", error)
                if not error.retryable:
                    return
                await asyncio.sleep(self._retry_s)
