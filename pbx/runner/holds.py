"""Watches the store for holds that somebody has released: the command line is another process."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from pbx.call.events import HoldsReleased
from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now

POLL_S = 1.0  # who releases an account calls the user at once
OVERLAP = timedelta(seconds=30)  # a release is written a little after the time it names; twice is harmless
_log = logging.getLogger("pbx.holds")


class Holds(Protocol):
    """Where holds are."""

    async def released(self, since: datetime) -> tuple[str, ...]:
        """Return the ids of the holds released since a time."""
        ...


async def watch(holds: Holds, tell: Callable[[HoldsReleased], None]) -> None:
    """Tell of every hold that is released, for ever."""
    told: set[str] = set()
    while True:
        await asyncio.sleep(POLL_S)
        try:
            found = set(await holds.released(utc_now() - OVERLAP))
        except StorageError as error:
            _log.error("nobody knows whether an account was released: %s", error)
            continue
        if found - told:
            tell(HoldsReleased(holds=tuple(sorted(found - told))))
        told = found
