"""Awaited recordings: nobody has stopped them, and their call is not over, so another chapter may come.

The call's row says whether it is: signalling closes it when the call ends, and those of a former run when it
starts again. A journal that its worker has given up is on record too: of that recording nothing more comes. A
chapter may be on its way to a slow disk while its call ends, and a row to a busy database: nothing is sealed
within QUIET_S of the last packet that was kept. While facts of calls wait on disk for the database, no
recording is sealed: it names the consents that it was made on, and finds its call.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import structlog

from pbx.core.io.clock import utc_now
from pbx.recording.effects import RecordingLedger
from pbx.recording.io.journal_parts import LockedPart

QUIET_S = 2.0
LONGEST_S = 26 * 3600.0  # no call is longer: a row that is still open then was never closed
FACTS = ".facts"  # files of what waits, see store.fact_journal
_log = structlog.get_logger()


class Awaited:
    """What waits, by the path of the last journal; a new chapter is another path."""

    def __init__(self, ledger: RecordingLedger, quiet_s: float) -> None:
        self._ledger, self._quiet_s = ledger, quiet_s
        self._calls: dict[Path, str] = {}
        self.records: Path | None = None  # where facts wait

    @property
    def facts_wait(self) -> bool:
        """Whether what is known of calls is not in the database yet."""
        return self.records is not None and next(self.records.glob(f"*{FACTS}"), None) is not None

    def keep(self, journals: Collection[Path]) -> None:
        """Forget what is not there any more."""
        self._calls = {path: call for path, call in self._calls.items() if path in journals}

    def call(self, path: Path) -> str | None:
        """Of which call a recording is that was found to be awaited, so that it need not be opened again."""
        return self._calls.get(path)

    async def goes_on(self, path: Path, parts: Iterable[LockedPart], call: str) -> bool:
        """Whether a recording that was not stopped may go on; StorageError when nobody can know."""
        quiet_s = utc_now().timestamp() - max(os.fstat(part.fd).st_mtime for part in parts)
        awaits = 0.0 <= quiet_s < self._quiet_s
        if not awaits and quiet_s < LONGEST_S:
            awaits = await self._ledger.goes_on(call, path.stem)
        if awaits and path not in self._calls:
            _log.info("recording waits for its call", recording=path.stem, call=call)
        if awaits:
            self._calls[path] = call
        else:
            self._calls.pop(path, None)
        return awaits
