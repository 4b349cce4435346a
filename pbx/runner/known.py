"""Follows what customers have said of themselves: an import, or an answer of a source, changes it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from pbx.consent.known import Known, KnownNumbers
from pbx.core.errors import StorageError

POLL_S = 1.0  # the next call after an import is under it
_log = logging.getLogger("pbx.customers")


class Customers(Protocol):
    """Where they are."""

    def tag(self, tenant: str, number: str) -> bytes:
        """The tag of an E.164 number."""
        ...

    async def version(self) -> object:
        """What is another one after each change."""
        ...

    async def known(self) -> Mapping[bytes, Known]:
        """Return all of it."""
        ...


async def known_numbers(store: Customers) -> tuple[KnownNumbers, Coroutine[Any, Any, None]]:
    """Return what is known now, and the work that keeps it so."""
    numbers = KnownNumbers(store.tag)
    numbers.restore(await store.known())
    return numbers, follow(store, numbers.restore)


async def follow(store: Customers, restore: Callable[[Mapping[bytes, Known]], None]) -> None:
    """Give every change to `restore`, for ever; while nobody can read them the last that is known holds."""
    seen: object = None
    while True:
        try:
            version = await store.version()
            if version != seen:
                restore(await store.known())
                seen = version
        except StorageError as error:
            _log.error("nobody knows what customers have said since: %s", error)
        await asyncio.sleep(POLL_S)
