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

    async def list(self, limit: int = 100) -> builtins.list[tuple[datetime, AuditFact]]:
        """Return the newest facts, newest first."""
        query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [(row.at, _fact(row)) for row in rows]


def _fact(row: AuditEvent) -> AuditFact:
    call = CallId(row.call) if row.call is not None else None
    return AuditFact(kind=row.kind, call=call, tenant=row.tenant, details=row.details)
