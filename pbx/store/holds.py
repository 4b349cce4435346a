"""Legal holds and restrictions of recordings, each told to the audit log in its own transaction."""

import builtins
from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from pbx.core.audit import AuditFact
from pbx.lifecycle.hold import LegalHold, ObjectHold
from pbx.store.audit_log import Fact, insert_facts
from pbx.store.database import Database
from pbx.store.life_tables import ErasureRow, HoldRow, PlaybackCopyRow
from pbx.store.tables import Base, Recording

MAX_LISTED = 10_000
_HOLDS = Base.metadata.tables[HoldRow.__tablename__]
_ERASURES = Base.metadata.tables[ErasureRow.__tablename__]
_COPIES = Base.metadata.tables[PlaybackCopyRow.__tablename__]
_RECORDINGS = Base.metadata.tables[Recording.__tablename__]
_NAMES = tuple(field.name for field in fields(LegalHold) if field.name != "case")
_WAITING = ("blocked", "asked")  # states of an erasure that has destroyed nothing yet

# A released hold protects until the object store has let go: it would keep a deleted object's version.
_PROTECTS = _HOLDS.c.released_at.is_(None) | _HOLDS.c.object_hold.in_(("waiting", "set"))


class HoldStore:
    """Places and releases; a hold is never deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, hold: LegalHold) -> bool:
        """Store a hold; False when there is no such recording, or its erasure has begun."""
        row = {name: getattr(hold, name) for name in _NAMES} | {"case_reference": hold.case}
        said = {"recording": hold.recording, "hold": hold.hold, "case": hold.case, "reason": hold.reason}
        fact = (_fact("recording.held", hold.tenant, hold.actor, said), hold.since_at)

        def insert_hold(connection: Connection) -> bool:
            if not _is_there(connection, hold.recording):
                return False
            connection.execute(insert(_HOLDS), [row])
            insert_facts(connection, [fact])
            return True

        return await self._database.write(insert_hold)

    async def release(self, hold: LegalHold, by: str, reason: str, at: datetime) -> bool:
        """Release a hold that stands; False when it does not any more."""
        said = {"recording": hold.recording, "hold": hold.hold, "case": hold.case, "reason": reason}
        fact: Fact = (_fact("recording.hold_released", hold.tenant, by, said), at)
        statement = update(_HOLDS).where(_HOLDS.c.hold == hold.hold, _HOLDS.c.released_at.is_(None))
        statement = statement.values(released_at=at, released_by=by, release_reason=reason)

        def update_hold(connection: Connection) -> bool:
            if not connection.execute(statement).rowcount:
                return False
            insert_facts(connection, [fact])
            return True

        return await self._database.write(update_hold)

    async def of(self, recording: str) -> builtins.list[LegalHold]:
        """Return every hold that a recording ever had, oldest first."""
        query = select(HoldRow).where(HoldRow.recording == recording).order_by(HoldRow.since_at, HoldRow.hold)
        async with self._database.reading() as session:
            return [_hold(row) for row in (await session.scalars(query.limit(MAX_LISTED))).all()]

    async def list(self, *, every: bool = False) -> builtins.list[LegalHold]:
        """Return the holds that stand, or all; oldest first."""
        query = select(HoldRow).order_by(HoldRow.since_at, HoldRow.hold)
        if not every:
            query = query.where(HoldRow.released_at.is_(None))
        async with self._database.reading() as session:
            return [_hold(row) for row in (await session.scalars(query.limit(MAX_LISTED))).all()]

    async def held(self, recordings: Collection[str]) -> frozenset[str]:
        """Return those of at most MAX_LISTED recordings that a hold protects."""
        query = select(_HOLDS.c.recording).where(
            _PROTECTS, _HOLDS.c.recording.in_(sorted(recordings)[:MAX_LISTED])
        )
        async with self._database.reading() as session:
            return frozenset((await session.scalars(query)).all())

    async def unsettled(self) -> builtins.list[tuple[LegalHold, builtins.list[str]]]:
        """Return the holds of which the object store has yet to be told, with the keys of master and copy."""
        waits = or_(
            HoldRow.object_hold == "waiting",
            HoldRow.released_at.is_not(None) & (HoldRow.object_hold == "set"),
        )
        copy = (PlaybackCopyRow.recording == HoldRow.recording) & PlaybackCopyRow.made_at.is_not(None)
        query = select(HoldRow, Recording.object_key, PlaybackCopyRow.object_key)
        query = query.join(Recording, Recording.recording == HoldRow.recording)
        query = query.join(PlaybackCopyRow, copy, isouter=True)
        query = query.where(waits).order_by(HoldRow.since_at).limit(MAX_LISTED)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [(_hold(row), [key for key in keys if key]) for row, *keys in rows]

    async def mark(self, hold: str, object_hold: ObjectHold, told: Collection[str] | None = None) -> None:
        """Note what the object store has made of a hold, unless a copy came that was not `told`."""
        untold = select(_COPIES.c.recording).where(
            _COPIES.c.recording == _HOLDS.c.recording,
            _COPIES.c.made_at.is_not(None),
            _COPIES.c.object_key.not_in(told or ()),
        )
        statement = update(_HOLDS).where(_HOLDS.c.hold == hold).values(object_hold=object_hold)
        if told is not None:
            statement = statement.where(~untold.exists())
        await self._database.write(lambda connection: connection.execute(statement))


def hold_again(connection: Connection, recording: str) -> None:
    """A recording has another object now: the store is told of its holds once more."""
    standing = (_HOLDS.c.recording == recording) & _HOLDS.c.released_at.is_(None)
    told = update(_HOLDS).where(standing, _HOLDS.c.object_hold == "set")
    connection.execute(told.values(object_hold="waiting"))


def is_held(connection: Connection, recording: str) -> bool:
    """Whether a hold protects a recording, as seen by the caller's transaction."""
    query = select(_HOLDS.c.hold).where(_HOLDS.c.recording == recording, _PROTECTS)
    return connection.execute(query.limit(1)).first() is not None


def _is_there(connection: Connection, recording: str) -> bool:
    """Under the write lock: an erasure that begins after this finds the hold."""
    row = select(_RECORDINGS.c.recording).where(_RECORDINGS.c.recording == recording)
    begun = select(_ERASURES.c.state).where(
        _ERASURES.c.recording == recording, _ERASURES.c.state.not_in(_WAITING)
    )
    return connection.execute(row).first() is not None and connection.execute(begun).first() is None


def _fact(kind: str, tenant: str, actor: str, said: dict[str, str]) -> AuditFact:
    return AuditFact(kind=kind, tenant=tenant, details={"actor": actor, **said})


def _hold(row: HoldRow) -> LegalHold:
    return LegalHold(case=row.case_reference, **{name: getattr(row, name) for name in _NAMES})
