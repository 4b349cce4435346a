"""The nightly self-check in the finaliser: a few recordings are read back, decrypted and verified (REC-17).

The vault puts each of them on its record, with the purpose `self-check`. No sound leaves the process.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import structlog

from pbx.core.errors import StorageError, TransportError
from pbx.core.ids import Ids, hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.nights import RETRY, next_due
from pbx.lifecycle.self_check import (
    DONE,
    Stored,
    Tally,
    choose,
    failure,
    first_check,
    keys_lost,
)
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import copy_reader, reader
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import AskUnwrap, RefusalReason, Refused
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.playback_copies import SqlCopyLedger
from pbx.store.recordings import SqlRecordingLedger

POLL_S = 30.0
ACTOR, PURPOSE = "finaliser", "self-check"
# These say that the vault is in trouble, the others that the recording is.
_VAULT_TROUBLE = ("audit_unavailable", "keys_unavailable")
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class SelfChecker:
    """Checks once a night; after a night that could not be finished, again in an hour."""

    ledger: SqlRecordingLedger
    copies: SqlCopyLedger
    facts: AuditStore
    store: ObjectStore
    vault: VaultClient
    ids: Ids
    _due: datetime | None = field(default=None)

    @classmethod
    def over(cls, database: Database, store: ObjectStore, vault: VaultClient) -> "SelfChecker":
        """The one of a process in service."""
        ledger, facts = SqlRecordingLedger(database), AuditStore(database)
        copies = SqlCopyLedger(database)
        return cls(ledger=ledger, copies=copies, facts=facts, store=store, vault=vault, ids=SystemIds())

    async def tick(self, now: datetime) -> None:
        """Check when it is time; what fails is logged and tried again."""
        try:
            if self._due is None:
                newest = await self.facts.newest(DONE)
                self._due = first_check(now, newest and newest[0])
            if now < self._due:
                return
            self._due = now + RETRY
            if await self.check(now):
                self._due = next_due(now)
        except (StorageError, TransportError) as error:
            _log.warning("recordings could not be checked", reason=str(error))
        except Exception:  # our own bug: recordings are still finalised
            _log.exception("the self-check does not go on")

    async def check(self, now: datetime) -> bool:
        """Check a sample; False when some of it could not be read."""
        page = await self.ledger.sizes(hex_id(self.ids))
        chosen = choose([Stored(recording, size) for recording, size in page], self.ids)
        public_key = await self.vault.public_key()
        if isinstance(public_key, Refused):
            raise StorageError(f"the vault refuses: {public_key.reason}", retryable=True)
        tally = Tally()
        await self._look_for_keys(tally, now)
        for one in chosen:
            await self._look(one.recording, public_key, tally, now)
        if not tally.is_whole:
            _log.warning("recordings could not be checked", unread=tally.unread, checked=tally.checked)
            return False
        _log.info("recordings checked", checked=tally.checked, octets=tally.octets, failed=tally.failed)
        await self.facts.append(tally.fact(), now)
        return True

    async def _look(self, recording: str, public_key: bytes, tally: Tally, now: datetime) -> None:
        row = await self.ledger.get(recording)
        if row is None:  # erased since it was chosen
            return
        try:
            problems = await self._problems(row, public_key)
        except (StorageError, TransportError) as error:
            _log.warning("a recording could not be read", recording=recording, reason=str(error))
            tally.unread.append(recording)
            return
        if problems and await self.ledger.get(recording) is None:  # erased while it was read
            return
        tally.checked, tally.octets = tally.checked + 1, tally.octets + row.size
        if problems:
            tally.failed += 1
            _log.error("a stored recording does not verify", recording=recording, problems=problems)
            await self.facts.append(failure(row, problems), now)

    async def _look_for_keys(self, tally: Tally, now: datetime) -> None:
        """Not a sample: all recordings whose key row is gone, though nobody has erased them."""
        lost = await self.ledger.keyless()
        tally.failed += len(lost)
        for tenant, found in groupby(lost, key=lambda one: one.tenant):
            fact = keys_lost(tenant, [one.recording for one in found])
            _log.error("keys of recordings are lost", tenant=tenant, **fact.details)
            await self.facts.append(fact, now)

    async def _problems(self, row: FinishedRecording, public_key: bytes) -> Sequence[str]:
        """Return what is wrong with a recording; StorageError when nobody can know now."""
        key = await self._key(row, row.header)
        if isinstance(key, str):
            return (f"the vault cannot open it: {key}",)
        found = (await reader.verify(row, self.store, key, public_key)).problems
        return (*found, *await self._copy_problems(row))

    async def _copy_problems(self, row: FinishedRecording) -> Sequence[str]:
        """A copy that is withdrawn while it is read is none that is damaged."""
        copy = await self.copies.get(row.recording)
        if copy is None:
            return ()
        key = await self._key(row, copy.header)
        if isinstance(key, str):
            found: Sequence[str] = (f"the vault cannot open the playback copy: {key}",)
        else:
            found = await copy_reader.problems(copy, self.store, key)
        return found if found and await self.copies.get(row.recording) == copy else ()

    async def _key(self, row: FinishedRecording, header: bytes) -> Secret[bytes] | RefusalReason:
        """Return a file key, or why the vault cannot open the header."""
        request = AskUnwrap(
            recording=row.recording, header=header, actor=ACTOR, purpose=PURPOSE, tenant=row.tenant
        )
        answer = await self.vault.unwrap(request)
        if not isinstance(answer, Refused):
            return answer.key
        if answer.reason in _VAULT_TROUBLE:
            raise StorageError(f"the vault refuses: {answer.reason}", retryable=True)
        return answer.reason


async def run(checker: SelfChecker, stop: asyncio.Event) -> None:
    """Look twice a minute whether it is time, until `stop` is set; a check that runs then is given up."""
    stopped = asyncio.create_task(stop.wait())
    while not stop.is_set():
        work = asyncio.create_task(checker.tick(utc_now()))
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
        await asyncio.wait({stopped}, timeout=POLL_S)
