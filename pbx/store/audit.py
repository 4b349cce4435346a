"""The audit log: facts in the order in which they happened; there is no way to change one."""

import builtins
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.store.database import Database
from pbx.store.tables import AuditEvent, Base

MAX_LISTED = 10_000
TRUNK_TOPICS = {
    "trunk.up": "health",
    "trunk.down": "health",
    "trunk.registered": "registration",
    "trunk.unregistered": "registration",
}
_INSERT = insert(Base.metadata.tables[AuditEvent.__tablename__])


class AuditStore:
    """Appends and reads audit facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, fact: AuditFact, at: datetime) -> None:
        """Store one fact."""
        await self._database.write(lambda connection: self.append_all(connection, [(fact, at)]))

    def append_all(self, connection: Connection, facts: Sequence[tuple[AuditFact, datetime]]) -> None:
        """Store facts in their order, as a part of the caller's transaction."""
        if facts:
            connection.execute(
                _INSERT,
                [
                    {
                        "at": at,
                        "kind": fact.kind,
                        "call": fact.call,
                        "tenant": fact.tenant,
                        "details": fact.details,
                    }
                    for fact, at in facts
                ],
            )

    async def trunks(self, since: datetime) -> dict[tuple[str, str, str], AuditFact]:
        """Return the newest fact of each trunk since a time: by tenant, trunk and what it is about."""
        query = select(AuditEvent).where(AuditEvent.kind.in_(TRUNK_TOPICS), AuditEvent.at >= since)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(AuditEvent.id.desc()).limit(MAX_LISTED))).all()
        newest: dict[tuple[str, str, str], AuditFact] = {}
        for fact in map(_fact, rows):
            newest.setdefault((fact.tenant, str(fact.details.get("trunk")), TRUNK_TOPICS[fact.kind]), fact)
        return newest

    async def list(self, limit: int = 100) -> builtins.list[tuple[datetime, AuditFact]]:
        """Return the newest facts, newest first."""
        query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [(row.at, _fact(row)) for row in rows]


def _fact(row: AuditEvent) -> AuditFact:
    call = CallId(row.call) if row.call is not None else None
    return AuditFact(kind=row.kind, call=call, tenant=row.tenant, details=row.details)
