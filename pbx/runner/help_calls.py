"""Help calls: who had called for help before this process began, as the audit log has it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pbx.call.help_board import CALLED, OVER, HelpBoard
from pbx.config.emergency import MOST_WINDOW_S
from pbx.core.audit import AuditFact
from pbx.core.io.clock import monotonic, utc_now


class Log(Protocol):
    """Where facts are."""

    async def since(self, kinds: Sequence[str], at: datetime) -> list[tuple[datetime, AuditFact]]:
        """Return the facts of some kinds since a time, in their order."""
        ...


async def called_for_help(log: Log) -> HelpBoard:
    """Return the board as it was: help may be calling back; StorageError when nobody knows."""
    at = utc_now()
    told = await log.since((CALLED, OVER), at - timedelta(seconds=MOST_WINDOW_S))
    board = HelpBoard()
    board.restore([((at - then).total_seconds(), fact) for then, fact in told], monotonic())
    return board
