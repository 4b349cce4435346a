"""Restrictions of recordings, each told to the audit log in its own transaction."""

import builtins
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from pbx.core.audit import AuditFact
from pbx.lifecycle.restriction import Restriction
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.life_tables import ErasureRow, RestrictionRow
from pbx.store.tables import Base, Recording

MAX_LISTED = 10_000
_ROWS = Base.metadata.tables[RestrictionRow.__tablename__]
_ERASURES = Base.metadata.tables[ErasureRow.__tablename__]
_RECORDINGS = Base.metadata.tables[Recording.__tablename__]
_NAMES = tuple(field.name for field in fields(Restriction))


class RestrictionStore:
    """Places and lifts; a restriction is never deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, restriction: Restriction) -> bool:
        """Store a restriction; False when there is no such recording."""
        row = {name: getattr(restriction, name) for name in _NAMES}
        said = _fact("recording.restricted", restriction, restriction.actor, restriction.reason)

        def insert_row(connection: Connection) -> bool:
            here = select(_RECORDINGS.c.recording).where(_RECORDINGS.c.recording == restriction.recording)
            if connection.execute(here).first() is None:
                return False
            connection.execute(insert(_ROWS), [row])
            insert_facts(connection, [(said, restriction.since_at)])
            return True

        return await self._database.write(insert_row)

    async def lift(self, restriction: Restriction, by: str, reason: str, at: datetime) -> bool:
        """Lift a restriction that stands; False when it does not any more."""
        said = _fact("recording.restriction_lifted", restriction, by, reason)
        statement = update(_ROWS).where(
            _ROWS.c.restriction == restriction.restriction, _ROWS.c.lifted_at.is_(None)
        )
        statement = statement.values(lifted_at=at, lifted_by=by, lift_reason=reason)

        def update_row(connection: Connection) -> bool:
            if not connection.execute(statement).rowcount:
                return False
            insert_facts(connection, [(said, at)])
            return True

        return await self._database.write(update_row)

    async def of(self, recording: str) -> builtins.list[Restriction]:
        """Return every restriction that a recording ever had, oldest first."""
        query = select(RestrictionRow).where(RestrictionRow.recording == recording)
        query = query.order_by(RestrictionRow.since_at, RestrictionRow.restriction).limit(MAX_LISTED)
        async with self._database.reading() as session:
            return [_restriction(row) for row in (await session.scalars(query)).all()]

    async def list(self, *, every: bool = False) -> builtins.list[Restriction]:
        """Return the restrictions that stand, or all; oldest first."""
        query = select(RestrictionRow).order_by(RestrictionRow.since_at, RestrictionRow.restriction)
        if not every:
            query = query.where(RestrictionRow.lifted_at.is_(None))
        async with self._database.reading() as session:
            return [_restriction(row) for row in (await session.scalars(query.limit(MAX_LISTED))).all()]


def forbids(connection: Connection, recording: str) -> str:
    """Return what forbids to hear a recording, empty = nothing, as seen by the caller's transaction.

    Somebody's restriction, or an erasure: one that a rule blocks, and one that is on its way.
    """
    query = select(_ROWS.c.reason).where(_ROWS.c.recording == recording, _ROWS.c.lifted_at.is_(None))
    reason = connection.execute(query.limit(1)).scalar_one_or_none()
    if reason is not None:
        return f"a restriction ({reason})"
    state = select(_ERASURES.c.state).where(_ERASURES.c.recording == recording)
    return "" if connection.execute(state).first() is None else "an erasure that was asked for"


def _fact(kind: str, one: Restriction, actor: str, reason: str) -> AuditFact:
    said: dict[str, str | int | bool | None] = {"recording": one.recording, "actor": actor}
    said |= {"restriction": one.restriction, "reason": reason}
    return AuditFact(kind=kind, tenant=one.tenant, details=said)


def _restriction(row: RestrictionRow) -> Restriction:
    return Restriction(**{name: getattr(row, name) for name in _NAMES})
