"""The recordings as a user with roles sees them: the list, and sound once that is on the record.

Where `access.yaml` asks for a second person, the first try is a request that somebody else decides on.
"""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

from pbx.consent.rules import ConsentRules
from pbx.core.errors import StorageError
from pbx.core.ids import hex_id
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.access import Access
from pbx.lifecycle.approval import ONE_IS_ENOUGH, AccessRequest, FourEyes
from pbx.lifecycle.desk_messages import MAX_LISTED, MAX_PURPOSE, PIECE, AskSound, Listed
from pbx.lifecycle.internal import HOUSE, NOT_INTERNAL, InternalPurposes
from pbx.lifecycle.listening import Heard, Listener, Objection, Role, objection
from pbx.lifecycle.retention import RetentionPolicy, live_purposes
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.sound import Sound, open_sound
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import AskUnwrap, Refused
from pbx.recording.wav import RATE
from pbx.store.accesses import AccessStore
from pbx.store.approvals import MAX_PENDING, ApprovalStore
from pbx.store.database import Database
from pbx.store.heard import HeardStore
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.retained import RetainedStore

REQUEST_BYTES = 8  # said on the telephone, and a secret to nobody
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
    """Who may hear what, and how long the tenants keep recordings for each purpose.

    `four_eyes` and `internal` by tenant; `links_at` is what playback links begin with, empty = none.
    """

    listeners: tuple[Listener, ...]
    retention: Mapping[str, RetentionPolicy]
    four_eyes: Mapping[str, FourEyes] = field(default_factory=dict)
    internal: Mapping[str, InternalPurposes] = field(default_factory=dict)
    links_at: str = ""
    law: ConsentRules | None = None  # by which people are recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, what he is to each tenant, and the rules of this moment."""

    user: str
    uid: int
    roles: tuple[Listener, ...]
    rules: Rules


class Archive:
    """Reads one database and one object store; StorageError and TransportError when something is down."""

    def __init__(self, database: Database, store: ObjectStore, vault: VaultClient) -> None:
        self._ledger, self._retained = SqlRecordingLedger(database), RetainedStore(database)
        self._heard, self._accesses = HeardStore(database), AccessStore(database)
        self._approvals = ApprovalStore(database)
        self._store, self._vault = store, vault
        self.database = database

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
        row = await self.row(request.recording, visitor)
        access = _access(row, request, visitor.user)
        await self.allow(row, access, visitor)
        sound = await self.opened(row, access)
        first = request.start_ms * RATE // 1000
        if not 0 <= first < sound.n_samples or request.length_ms < 0:
            raise NotGivenError(f"it is {sound.n_samples / RATE:.1f} s long")
        await sound.prove()
        return _cut(sound.excerpt(first, request.length_ms * RATE // 1000 or sound.n_samples))

    async def find(self, recording: str) -> FinishedRecording | None:
        """Return a recording that can be opened; None when there is none of this name."""
        return await self._ledger.get(recording)

    async def row(self, recording: str, visitor: Visitor) -> FinishedRecording:
        """Return a recording; NotGivenError when there is none, in the words for one that is not his."""
        row = await self._ledger.get(recording)
        if row is None:
            _log.warning("a recording was refused", user=visitor.user, reason="unknown")
            raise NotGivenError(_WHY["unknown"])
        return row

    async def allow(self, row: FinishedRecording, access: Access, visitor: Visitor) -> None:
        """Put it on the record, given or refused, before the key is asked for (D-09)."""
        access = await self.agreed(row, access, visitor)
        if await self._accesses.open(access, utc_now()):
            raise NotGivenError("it is restricted: nobody hears it")

    async def agreed(self, row: FinishedRecording, access: Access, visitor: Visitor) -> Access:
        """Return the access with the consent of a second person, where one is needed.

        NotGivenError, which is on the record, for what his role does not let him hear, for what would leave
        for no purpose of the house, or for as long as nobody else has agreed.
        """
        now = utc_now()
        role = await self.role_for(row, access, visitor)
        if access.needs_internal:
            house = visitor.rules.internal.get(row.tenant, HOUSE)
            access = replace(access, internal=house.named(access.purpose))
            if not access.internal:
                raise await self._refused(access, NOT_INTERNAL, house.remedy)
        if not visitor.rules.four_eyes.get(row.tenant, ONE_IS_ENOUGH).asks(role, access.purpose):
            return access
        granted = await self._approvals.grant(visitor.uid, row.recording, access.purpose, now)
        if granted is not None:
            return replace(access, request=granted.request)
        if access.link:
            raise await self._refused(access, "second_person", "the consent of a second person has run out")
        wish = wish_of(access, visitor.uid, now)
        asked = await self._approvals.ask(wish)
        if asked is None:
            told = f"{MAX_PENDING} requests of yours wait for a second person"
        else:
            told = f"a second person has to approve it: request {asked.request} waits, see `pbx access`"
        raise await self._refused(access, "second_person", told)

    async def role_for(self, row: FinishedRecording, access: Access, visitor: Visitor) -> Role:
        """Return the role that lets him hear it; NotGivenError, which is on the record, when none does."""
        now = utc_now()
        heard = await self._judged(row, visitor, now)
        if why := objection(visitor.roles, heard, access.form, access.purpose, now):
            raise await self._refused(access, why, _WHY[why])
        return next(one.role for one in visitor.roles if one.tenant == row.tenant)

    async def opened(self, row: FinishedRecording, access: Access) -> Sound:
        """Return the sound, for which the vault has written down who wants it and why."""
        return open_sound(row, self._store, await self._key(row, access))

    async def _refused(self, access: Access, why: str, told: str) -> NotGivenError:
        await self._accesses.refuse(access, f"access:{why}", utc_now())
        _log.warning("a recording was refused", recording=access.recording, user=access.actor, reason=why)
        return NotGivenError(told)

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

    async def _key(self, row: FinishedRecording, access: Access) -> Secret[bytes]:
        asked = AskUnwrap(
            recording=row.recording,
            header=row.header,
            actor=access.actor,
            purpose=access.purpose,
            tenant=row.tenant,
        )
        answer = await self._vault.unwrap(asked)
        if isinstance(answer, Refused):
            raise StorageError(f"the vault refuses: {answer.reason}", retryable=True)
        return answer.key


def rules_of(directory: Path) -> Rules:
    """Return the rules that are in force now; ConfigError when something is wrong there."""
    from pbx.config.load import ConfigProblems, load  # the desk needs them when somebody asks
    from pbx.versions.io.folders import folder_in_force

    try:
        written = load(folder_in_force(directory), os.environ)
    except ConfigProblems as problems:
        raise problems.errors[0] from None
    tenants, playback = written.tenants, written.pbx.playback
    return Rules(
        listeners=tuple(one for tenant in tenants.values() for one in tenant.listeners),
        retention={name: tenant.retention for name, tenant in tenants.items()},
        four_eyes={name: tenant.four_eyes for name, tenant in tenants.items()},
        internal={name: tenant.internal for name, tenant in tenants.items()},
        links_at=playback.base if playback is not None else "",
        law=written.rules,
    )


def wish_of(access: Access, uid: int, now: datetime) -> AccessRequest:
    """Return what a second person is asked."""
    return AccessRequest(
        request=hex_id(SystemIds(), REQUEST_BYTES),
        recording=access.recording,
        tenant=access.tenant,
        actor=access.actor,
        uid=uid,
        purpose=access.purpose,
        asked_at=now,
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
