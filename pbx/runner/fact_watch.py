"""Follows the audit log for the metrics: what finaliser and keepers of recordings write is heard here too."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError

POLL_S = 0.4  # with what rendering may add, a recording that failed is seen within a second
AT_ONCE = 1000  # facts of one query
_log = logging.getLogger("pbx.metrics")


class Log(Protocol):
    """Where facts are."""

    async def newest_id(self) -> int:
        """Return the number of the newest fact, 0 = there is none."""
        ...

    async def after(self, number: int, kinds: Sequence[str], limit: int) -> list[tuple[int, AuditFact]]:
        """Return facts of some kinds behind a number, in their order."""
        ...


async def watch(log: Log, since: int, kinds: Sequence[str], tell: Callable[[AuditFact], None]) -> None:
    """Tell every fact of these kinds with a number above `since`, once, for ever."""
    newest = since
    is_told = False
    while True:
        try:
            found = await log.after(newest, kinds, AT_ONCE)
        except StorageError as error:
            if not is_told:
                _log.error("the metrics of stored recordings wait: %s", error)
            is_told, found = True, []
        else:
            is_told = False
        for number, fact in found:
            newest = number
            tell(fact)
        if len(found) < AT_ONCE:
            await asyncio.sleep(POLL_S)
