"""The audit log: facts in the order in which they happened; there is no way to change one."""

import builtins
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from pbx.core.audit import AuditFact
from pbx.store.audit_log import fact_of, insert_facts
from pbx.store.database import Database
from pbx.store.tables import AuditEvent

MAX_LISTED = 10_000
TRUNK_TOPICS = {
    "trunk.up": "health",
    "trunk.down": "health",
    "trunk.registered": "registration",
    "trunk.unregistered": "registration",
}


class AuditStore:
    """Appends and reads audit facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, fact: AuditFact, at: datetime) -> None:
        """Store one fact."""
        await self._database.write(lambda connection: self.append_all(connection, [(fact, at)]))

    def append_all(self, connection: Connection, facts: Sequence[tuple[AuditFact, datetime]]) -> None:
        """Store facts in their order and commit to them in the log, in the caller's transaction."""
        insert_facts(connection, facts)

    async def trunks(self, since: datetime) -> dict[tuple[str, str, str], AuditFact]:
        """Return the newest fact of each trunk since a time: by tenant, trunk and what it is about."""
        query = select(AuditEvent).where(AuditEvent.kind.in_(TRUNK_TOPICS), AuditEvent.at >= since)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(AuditEvent.id.desc()).limit(MAX_LISTED))).all()
        newest: dict[tuple[str, str, str], AuditFact] = {}
        for fact in map(fact_of, rows):
            newest.setdefault((fact.tenant, str(fact.details.get("trunk")), TRUNK_TOPICS[fact.kind]), fact)
        return newest

    async def counts(self, topics: Sequence[str], since: datetime) -> dict[str, int]:
        """Return how many facts of each kind there are since a time, for kinds that begin with a topic."""
        kinds = or_(*(AuditEvent.kind.startswith(f"{topic}.", autoescape=True) for topic in topics))
        query = select(AuditEvent.kind, func.count().label("number")).where(kinds, AuditEvent.at >= since)
        async with self._database.reading() as session:
            rows = (await session.execute(query.group_by(AuditEvent.kind))).all()
        return {row.kind: row.number for row in rows}

    async def since(self, kinds: Sequence[str], at: datetime) -> builtins.list[tuple[datetime, AuditFact]]:
        """Return the newest facts of some kinds since a time, in their order."""
        query = select(AuditEvent).where(AuditEvent.kind.in_(kinds), AuditEvent.at >= at)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(AuditEvent.id.desc()).limit(MAX_LISTED))).all()
        return [(row.at, fact_of(row)) for row in reversed(rows)]

    async def newest_id(self) -> int:
        """Return the number of the newest fact, 0 = there is none."""
        async with self._database.reading() as session:
            return await session.scalar(select(func.max(AuditEvent.id))) or 0

    async def after(
        self, number: int, kinds: Sequence[str], limit: int = MAX_LISTED
    ) -> builtins.list[tuple[int, AuditFact]]:
        """Return at most `limit` facts of some kinds behind a number, with theirs, in their order."""
        query = select(AuditEvent).where(AuditEvent.id > number, AuditEvent.kind.in_(kinds))
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(AuditEvent.id).limit(limit))).all()
        return [(row.id, fact_of(row)) for row in rows]

    async def newest(self, kind: str) -> tuple[datetime, AuditFact] | None:
        """Return the newest fact of a kind."""
        query = select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.id.desc()).limit(1)
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else (row.at, fact_of(row))

    async def newest_of(self, tenant: str, kinds: Sequence[str]) -> AuditFact | None:
        """Return a tenant's newest fact of some kinds."""
        query = select(AuditEvent).where(AuditEvent.kind.in_(kinds), AuditEvent.tenant == tenant)
        async with self._database.reading() as session:
            row = await session.scalar(query.order_by(AuditEvent.id.desc()).limit(1))
        return None if row is None else fact_of(row)

    async def of_call(self, call: str) -> builtins.list[tuple[datetime, AuditFact]]:
        """Return the facts of one call in their order."""
        query = select(AuditEvent).where(AuditEvent.call == call).order_by(AuditEvent.id).limit(MAX_LISTED)
        async with self._database.reading() as session:
            return [(row.at, fact_of(row)) for row in (await session.scalars(query)).all()]

    async def list(self, limit: int = 100) -> builtins.list[tuple[datetime, AuditFact]]:
        """Return the newest facts, newest first."""
        query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [(row.at, fact_of(row)) for row in rows]
