"""The recordings as a user with roles sees them: the list, and sound once that is on the record."""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.lifecycle.access import Access
from pbx.lifecycle.desk_messages import MAX_LISTED, MAX_PURPOSE, PIECE, AskSound, Listed
from pbx.lifecycle.listening import Heard, Listener, Objection, objection
from pbx.lifecycle.retention import RetentionPolicy, live_purposes
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.sound import open_sound
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import AskUnwrap, Refused
from pbx.recording.wav import RATE
from pbx.store.accesses import AccessStore
from pbx.store.database import Database
from pbx.store.heard import HeardStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.retained import RetainedStore

_log = structlog.get_logger()
_WHY: Mapping[Objection, str] = {
    "unknown": "there is no such recording that you may hear",
    "role": "your role hears no recordings",
    "age": "it is older than what you may hear",
    "purpose": "that is no purpose for which you may hear recordings",
    "purpose_ended": "it is not kept for that purpose any more",
}


class NotGivenError(Exception):
    """What whoever asks is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who may hear what, and how long the tenants keep recordings for each purpose."""

    listeners: tuple[Listener, ...]
    retention: Mapping[str, RetentionPolicy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, what he is to each tenant, and the rules of this moment."""

    user: str
    roles: tuple[Listener, ...]
    rules: Rules


class Archive:
    """Reads one database and one object store; StorageError and TransportError when something is down."""

    def __init__(self, database: Database, store: ObjectStore, vault: VaultClient) -> None:
        self._ledger, self._retained = SqlRecordingLedger(database), RetainedStore(database)
        self._heard, self._accesses = HeardStore(database), AccessStore(database)
        self._store, self._vault = store, vault

    async def list(self, visitor: Visitor, limit: int) -> tuple[Listed, ...]:
        """Return the newest recordings that a user may know of, of all his tenants together."""
        now, limit = utc_now(), max(0, min(limit, MAX_LISTED))
        names: list[str] = []
        for role in visitor.roles:
            since = now - role.within if role.within is not None else None
            parties = None if role.sees_all else role.parties
            names += await self._heard.newest(role.tenant, parties, since, limit)
        found = [row for name in names if (row := await self._ledger.get(name)) is not None]
        newest = sorted(found, key=lambda row: row.started_at, reverse=True)[:limit]
        return tuple([_listed(row, await self._judged(row, visitor, now)) for row in newest])

    async def sound(self, request: AskSound, visitor: Visitor) -> AsyncIterator[bytes]:
        """Return the sound once the access is on the record; NotGivenError says why not."""
        if not 0 < len(request.purpose.strip()) <= MAX_PURPOSE or not request.purpose.isprintable():
            raise NotGivenError(f"--purpose of at most {MAX_PURPOSE} printable characters is needed")
        row = await self._ledger.get(request.recording)
        if row is None:
            _log.warning("a recording was refused", user=visitor.user, reason="unknown")
            raise NotGivenError(_WHY["unknown"])
        await self._allow(row, _access(row, request, visitor.user), visitor)
        sound = open_sound(row, self._store, await self._key(row, request, visitor.user))
        first = request.start_ms * RATE // 1000
        if not 0 <= first < sound.n_samples or request.length_ms < 0:
            raise NotGivenError(f"it is {sound.n_samples / RATE:.1f} s long")
        await sound.prove()
        return _cut(sound.excerpt(first, request.length_ms * RATE // 1000 or sound.n_samples))

    async def _allow(self, row: FinishedRecording, access: Access, visitor: Visitor) -> None:
        """Put it on the record, given or refused, before the key is asked for (D-09)."""
        now = utc_now()
        heard = await self._judged(row, visitor, now)
        why = objection(visitor.roles, heard, access.form, access.purpose, now)
        if why:
            await self._accesses.refuse(access, f"access:{why}", now)
            _log.warning("a recording was refused", recording=row.recording, user=visitor.user, reason=why)
            raise NotGivenError(_WHY[why])
        if await self._accesses.open(access, now):
            raise NotGivenError("it is restricted: nobody hears it")

    async def _judged(self, row: FinishedRecording, visitor: Visitor, now: datetime) -> Heard:
        kept = await self._retained.get(row.recording)
        policy = visitor.rules.retention.get(row.tenant)
        purposes = live_purposes(kept, policy, now) if kept is not None and policy is not None else ()
        return Heard(
            tenant=row.tenant,
            started_at=row.started_at,
            parties=(await self._heard.parties((row.call,)))[row.call],
            purposes=frozenset(purposes),
        )

    async def _key(self, row: FinishedRecording, request: AskSound, user: str) -> Secret[bytes]:
        asked = AskUnwrap(
            recording=row.recording,
            header=row.header,
            actor=user,
            purpose=request.purpose.strip(),
            tenant=row.tenant,
        )
        answer = await self._vault.unwrap(asked)
        if isinstance(answer, Refused):
            raise StorageError(f"the vault refuses: {answer.reason}", retryable=True)
        return answer.key


def rules_of(directory: Path) -> Rules:
    """Return the rules as they are written now; ConfigError when something is wrong there."""
    from pbx.config.load import ConfigProblems, load  # the desk needs it when somebody asks

    try:
        tenants = load(directory, os.environ).tenants
    except ConfigProblems as problems:
        raise problems.errors[0] from None
    return Rules(
        listeners=tuple(one for tenant in tenants.values() for one in tenant.listeners),
        retention={name: tenant.retention for name, tenant in tenants.items()},
    )


def _access(row: FinishedRecording, request: AskSound, user: str) -> Access:
    """Of a part it is said which."""
    whole = not (request.start_ms or request.length_ms)
    length = f"{request.length_ms / 1000:g}" if request.length_ms else "all"
    return Access(
        recording=row.recording,
        call=row.call,
        tenant=row.tenant,
        actor=user,
        purpose=request.purpose.strip(),
        form=request.form,
        span="" if whole else f"from {request.start_ms / 1000:g} for {length}",
    )


def _listed(row: FinishedRecording, heard: Heard) -> Listed:
    return Listed(
        recording=row.recording,
        started_at=row.started_at.isoformat(timespec="seconds"),
        duration_ms=row.duration_ms,
        tenant=row.tenant,
        kind=row.kind,
        parties=tuple(sorted(heard.parties)),
        purposes=tuple(sorted(heard.purposes)),
    )


async def _cut(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        for at in range(0, len(piece), PIECE):
            yield piece[at : at + PIECE]
