"""Follows the store's suppressions: the command line, and other processes, change them too."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Protocol

from pbx.core.errors import StorageError
from pbx.core.io.clock import monotonic
from pbx.marketing.register import Changes, Register
from pbx.store.suppressions import BEGINNING, Cursor

POLL_S = (
    1.0  # who wishes no more calls is called no more within a minute (C-15), which leaves room for a retry
)
_log = logging.getLogger("pbx.marketing")


class Suppressions(Protocol):
    """Where they are."""

    async def is_ours(self) -> bool:
        """Whether what is kept was kept under our key."""
        ...

    async def changes(self, since: Cursor) -> tuple[Changes, Cursor]:
        """Return what is newer, and what is known then."""
        ...


async def remembered(store: Suppressions) -> tuple[Register, Coroutine[Any, Any, None]]:
    """Return a register that knows nothing yet, and the work that has it learn what is stored, and goes on.

    Nobody waits for a million numbers to be read: until they are, no marketing call leaves. Under another key
    than they were kept under nobody would be found among them: then the register is never trusted.
    """
    register = Register(is_followed=True)
    if not await store.is_ours():
        _log.error("no marketing calls: phone.key is not the key that opt-outs were kept under, put it back")
        return register, asyncio.sleep(0)
    return register, follow(store, register, BEGINNING)


async def follow(store: Suppressions, register: Register, known: Cursor) -> None:
    """Let `register` learn every change, for ever; without its store it is not trusted for long."""
    while True:
        try:
            known = await _catch_up(store, register, known)
        except StorageError as error:
            _log.error("nobody knows who wants no marketing calls: %s", error)
        await asyncio.sleep(POLL_S)


async def _catch_up(store: Suppressions, register: Register, known: Cursor) -> Cursor:
    while True:
        asked = monotonic()
        changes, newest = await store.changes(known)
        if newest == known:
            register.heard(asked)
            return known
        register.take(changes)
        known = newest
