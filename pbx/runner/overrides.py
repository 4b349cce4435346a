"""Follows the store's overrides: the desk decides on them, and each ends with its time."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pbx.consent.stance import Lowered, Overrides
from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now

POLL_S = 1.0  # the next call after a decision is under it
_log = logging.getLogger("pbx.overrides")


class Decided(Protocol):
    """Where overrides are."""

    async def lowered(self, now: datetime) -> Mapping[str, tuple[Lowered, ...]]:
        """Return what is lowered, by tenant."""
        ...

    async def end_expired(self, now: datetime) -> Sequence[object]:
        """Put the end of those whose time is over on the record."""
        ...


def lowering(store: Decided) -> tuple[Overrides, Coroutine[Any, Any, None]]:
    """Return what calls ask, which is the law until the work that comes along has run."""
    overrides = Overrides()
    return overrides, follow(store, overrides)


async def follow(store: Decided, overrides: Overrides) -> None:
    """Keep what calls ask as the store has it, for ever: where nobody can read it, the law holds."""
    while True:
        overrides.restore(await _now(store))
        await asyncio.sleep(POLL_S)


async def _now(store: Decided) -> Mapping[str, tuple[Lowered, ...]]:
    now = utc_now()
    try:
        lowered = await store.lowered(now)
    except StorageError as error:
        _log.error("no override holds, for nobody can read them: %s", error)
        return {}
    try:
        for ended in await store.end_expired(now):
            _log.warning("an override of a rule of recording has run out: %s", ended)
    except StorageError as error:
        _log.error("the end of an override is not on the record yet: %s", error)
    return lowered
