"""Follows the store's refusals: the command line, and other nodes, change them too."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from pbx.call.refusals import Refusals
from pbx.core.errors import StorageError

POLL_S = 1.0  # who is forgotten may call again at once
_log = logging.getLogger("pbx.refusals")


class Refused(Protocol):
    """Where refusals are."""

    def tag(self, tenant: str, number: str) -> bytes:
        """The tag of an E.164 number."""
        ...

    async def version(self) -> object:
        """What is another one after each change."""
        ...

    async def tags(self) -> frozenset[bytes]:
        """Return every tag."""
        ...


async def remembered(store: Refused) -> tuple[Refusals, Coroutine[Any, Any, None]]:
    """Return the refusals as they are stored now, and the work that keeps them so."""
    known = Refusals(store.tag)
    known.restore(await store.tags())
    return known, follow(store, known.restore)


async def follow(store: Refused, restore: Callable[[Iterable[bytes]], None]) -> None:
    """Give every change to `restore`, for ever."""
    known: object = None
    while True:
        try:
            version = await store.version()
            if version != known:
                restore(await store.tags())
                known = version
        except StorageError as error:
            _log.error("nobody knows whether a number refuses: %s", error)
        await asyncio.sleep(POLL_S)
