"""Leaves as alarms what signalling has to do without, and closes the intake when its journal is full."""

import asyncio
from collections.abc import Callable, Mapping

from pbx.call.intake import Intake
from pbx.core.audit import AuditFact
from pbx.core.dependency import ALARMS, Dependency
from pbx.core.io.alarms import Settle
from pbx.core.io.clock import monotonic
from pbx.runner.ledger import Ledger
from pbx.runner.outages import Outages

EVERY_S = 1.0
RECORDS_WAIT, RECORDS_FULL, _ = ALARMS[Dependency.DATABASE]


class OutageWatch:
    """Looks once a second; `refuses` = a full journal closes the intake, but for calls for help."""

    def __init__(
        self,
        outages: Outages,
        ledger: Ledger,
        intake: Intake,
        settle: Settle,
        note: Callable[[AuditFact], None],
        *,
        refuses: bool,
    ) -> None:
        self._outages, self._ledger, self._intake = outages, ledger, intake
        self._settle, self._note, self._refuses = settle, note, refuses
        self._was_full = False

    async def run(self) -> None:
        """Look for ever; files are written in a thread, for the disk may stand still."""
        while True:
            await asyncio.to_thread(self._tell, self.look(monotonic()))
            await asyncio.sleep(EVERY_S)

    def look(self, now: float) -> Mapping[str, str]:
        """Open or close the intake, and return what every alarm says at monotonic `now`, "" = nothing."""
        is_full = self._ledger.is_full
        self._intake.is_closed = is_full and self._refuses
        if is_full != self._was_full:
            kind = "records.full" if is_full else "records.room"
            self._note(AuditFact(kind=kind, details={"calls_refused": self._refuses}))
        self._was_full = is_full
        is_away = self._ledger.away_s(now) > 0 or self._ledger.n_sealed > 0
        what = "new calls are refused" if self._refuses else "the newest facts may be lost"
        said = {
            RECORDS_WAIT: "the database takes no facts: they wait sealed in var/records" if is_away else "",
            RECORDS_FULL: f"var/records takes no more facts: {what}" if is_full else "",
        }
        return said | {ALARMS[one][0]: text for one, text in self._outages.alarms.items()}

    def _tell(self, alarms: Mapping[str, str]) -> None:
        for alarm, text in alarms.items():
            self._settle(alarm, text)
