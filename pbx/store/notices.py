"""Notices: since when it is known that a recording falls due; nothing is erased without a day of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from pbx.core.audit import AuditFact
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.life_tables import NoticeRow
from pbx.store.tables import Base

_NOTICES = Base.metadata.tables[NoticeRow.__tablename__]


class NoticeStore:
    """A notice stays as it is while its recording stays due; one that is due again has a new one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def announce(self, falling: Mapping[str, str], at: datetime) -> int:
        """Note everything that falls due, recording to tenant, and forget the rest; return how many are new.

        The audit log says how many of each tenant.
        """
        return await self._database.write(lambda connection: _announce(connection, falling, at))

    async def all(self) -> dict[str, datetime]:
        """Return since when each recording is announced."""
        async with self._database.reading() as session:
            rows = (await session.execute(select(NoticeRow.recording, NoticeRow.since_at))).all()
        return {row.recording: row.since_at for row in rows}

    async def first_after(self, at: datetime) -> datetime | None:
        """Return the time of the oldest notice that is younger."""
        query = select(func.min(NoticeRow.since_at)).where(NoticeRow.since_at > at)
        async with self._database.reading() as session:
            return await session.scalar(query)


def _announce(connection: Connection, falling: Mapping[str, str], at: datetime) -> int:
    known = set(connection.execute(select(_NOTICES.c.recording)).scalars())
    for recording in known - falling.keys():
        connection.execute(delete(_NOTICES).where(_NOTICES.c.recording == recording))
    new = {one: tenant for one, tenant in falling.items() if one not in known}
    if new:
        rows = [{"recording": one, "tenant": tenant, "since_at": at} for one, tenant in new.items()]
        connection.execute(insert(_NOTICES), rows)
        insert_facts(connection, [(_fact(*counted), at) for counted in sorted(Counter(new.values()).items())])
    return len(new)


def _fact(tenant: str, n: int) -> AuditFact:
    return AuditFact(kind="retention.announced", tenant=tenant, details={"n": n})
