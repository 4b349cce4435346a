"""What the metrics say of spools and alarms: looked up beside the calls, for a disk may stand still."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pbx.core.alarm import StandingAlarm
from pbx.core.io.clock import monotonic
from pbx.recording.io.journal_parts import QUARANTINE, journals

EVERY_S = 1.0
_log = logging.getLogger("pbx.metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLook:
    """What was found at monotonic `at`: recordings by spool, those put aside, and what is wrong now."""

    at: float
    journals: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0
    alarms: frozenset[str] = frozenset()


class DiskWatch:
    """The newest look; while the disk stands still it stays what it was, and grows old."""

    def __init__(self, spools: Mapping[str, Path], standing: Callable[[], list[StandingAlarm]]) -> None:
        self._spools, self._standing = dict(spools), standing
        self.newest = DiskLook(at=monotonic())

    async def run(self) -> None:
        """Look for ever, each time in a thread."""
        is_told = False
        while True:
            try:
                self.newest = await asyncio.to_thread(self._look)
                is_told = False
            except OSError as error:
                if not is_told:
                    _log.error("the metrics of the spools grow old: %s", error)
                is_told = True
            await asyncio.sleep(EVERY_S)

    def _look(self) -> DiskLook:
        return DiskLook(
            at=monotonic(),
            journals={name: len(journals(spool)) for name, spool in self._spools.items()},
            quarantined=len(journals(*(spool / QUARANTINE for spool in self._spools.values()))),
            alarms=frozenset(one.alarm for one in self._standing()),
        )
