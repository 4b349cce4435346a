"""Has the vault sign the audit log as it grows: every five minutes or 1,000 entries, whatever comes first."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from pbx.core.errors import StorageError, TransportError
from pbx.core.io.clock import monotonic, utc_now
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.log import Tree
from pbx.recording.vault_messages import AskCheckpoint, Refused

INTERVAL_S = 300.0
MAX_UNSIGNED = 1_000  # entries
LATE_S = 600.0  # an entry that waits longer is an alarm (E-14)
POLL_S = 5.0
_log = structlog.get_logger()


class Log(Protocol):
    """Where the entries are, and where the signed notes go."""

    async def entries(self, first: int) -> list[bytes]:
        """Return some entries from a position on, in their order."""
        ...

    async def keep_note(self, size: int, note: bytes, at: datetime) -> None:
        """Store a signed note."""
        ...

    async def alarm(self, kind: str, reason: str, at: datetime) -> None:
        """Put on the record that the log is not signed as it should be."""
        ...


@dataclass(slots=True)
class LogKeeper:
    """Follows the log; `now` is monotonic seconds."""

    log: Log
    vault: VaultClient
    _tree: Tree
    _signed: int | None = None
    _waiting_since: float | None = None
    _is_late: bool = False

    @classmethod
    def over(cls, log: Log, vault: VaultClient) -> "LogKeeper":
        """A keeper that has read nothing yet."""
        return cls(log, vault, Tree())

    async def tick(self, now: float) -> None:
        """Read on; sign when it is time; raise an alarm when what is there waits for too long."""
        reason = ""
        try:
            await self._follow()
            if self._tree.size == self._signed or not self._tree.size:
                self._waiting_since, self._is_late = None, False
                return
            self._waiting_since = now if self._waiting_since is None else self._waiting_since
            unsigned = self._tree.size - (self._signed or 0)
            if unsigned >= MAX_UNSIGNED or now - self._waiting_since >= INTERVAL_S:
                reason = await self._sign()
        except (StorageError, TransportError) as error:
            reason = str(error)
        await self._judge(now, reason)

    async def _follow(self) -> None:
        while entries := await self.log.entries(self._tree.size):
            for entry in entries:
                self._tree.append(entry)
            await asyncio.sleep(0)

    async def _sign(self) -> str:
        """Return why the vault did not sign, empty when it did."""
        head = await self.vault.log_head()
        if isinstance(head, Refused):
            return head.reason
        size = self._tree.size
        path = self._tree.consistency(head[0], size) if head[0] <= size else ()
        note = await self.vault.checkpoint(AskCheckpoint(size=size, root=self._tree.root(), path=path))
        if isinstance(note, Refused):
            return note.reason
        await self.log.keep_note(size, note, utc_now())
        self._signed, self._waiting_since, self._is_late = size, None, False
        _log.info("audit log signed", size=size)
        return ""

    async def _judge(self, now: float, reason: str) -> None:
        """Tell once of a log that nobody signs, and at once of one that the vault refuses."""
        waits = self._waiting_since is not None and now - self._waiting_since > LATE_S
        if self._is_late or not (waits or reason == "not_consistent"):
            return
        self._is_late = True
        kind = "audit.forked" if reason == "not_consistent" else "audit.unsigned"
        _log.error("the audit log is not signed", reason=reason or "late")
        try:
            await self.log.alarm(kind, reason or "late", utc_now())
        except StorageError as error:
            _log.error("nobody could be told", error=str(error))


async def run(keeper: LogKeeper, stop: asyncio.Event) -> None:
    """Follow the log until `stop` is set."""
    while not stop.is_set():
        await keeper.tick(monotonic())
        try:
            await asyncio.wait_for(stop.wait(), POLL_S)
        except TimeoutError:
            continue
