"""The audit log: facts in the order in which they happened; there is no way to change one."""

import builtins
from datetime import datetime

from sqlalchemy import select

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.store.database import Database
from pbx.store.tables import AuditEvent

MAX_LISTED = 10_000


class AuditStore:
    """Appends and reads audit facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, fact: AuditFact, at: datetime) -> None:
        """Store one fact."""
        async with self._database.writing() as session:
            session.add(
                AuditEvent(at=at, kind=fact.kind, call=fact.call, tenant=fact.tenant, details=fact.details)
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
