"""Who asked for recordings: written before anything is given out, and read back for whoever asks later."""

import builtins
from datetime import datetime

from sqlalchemy import Connection, or_, select

from pbx.core.audit import AuditFact
from pbx.lifecycle.access import ALL_KINDS, WATCH_KINDS, Access, PartGiven
from pbx.store.audit_log import fact_of, insert_facts
from pbx.store.database import Database
from pbx.store.life_tables import ErasureRow
from pbx.store.restrictions import forbids
from pbx.store.tables import AuditEvent, Recording

MAX_LISTED = 10_000


class AccessStore:
    """The access log: facts of the audit log that concern who heard what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, access: Access, at: datetime) -> str:
        """Put an access on the record; return what forbids it, empty = it may be given out now.

        One transaction: a restriction that was placed before it is found.
        """
        return await self._database.write(lambda connection: _open(connection, access, at))

    async def refuse(self, access: Access, by: str, at: datetime) -> None:
        """Put on the record that somebody wanted what he may not have."""
        fact = access.fact(by)
        await self._database.write(lambda connection: insert_facts(connection, [(fact, at)]))

    async def give_part(self, part: PartGiven, at: datetime) -> None:
        """Put on the record which part is about to be given out."""
        await self._database.write(lambda connection: insert_facts(connection, [(part.fact(), at)]))

    async def list(self, limit: int, recording: str = "") -> builtins.list[tuple[datetime, AuditFact]]:
        """Return the newest accesses, newest first: of everything, or of one recording or call.

        Whoever listened to a call in progress is among those of its recording, also of an erased one.
        """
        query = select(AuditEvent).where(AuditEvent.kind.in_(ALL_KINDS)).order_by(AuditEvent.id.desc())
        if recording:
            of_call = select(Recording.call).where(Recording.recording == recording)
            gone = select(ErasureRow.call).where(ErasureRow.recording == recording)
            live = AuditEvent.kind.in_(WATCH_KINDS) & AuditEvent.call.in_(of_call.union(gone))
            about = AuditEvent.details["recording"].as_string() == recording
            query = query.where(or_(about, live, AuditEvent.call == recording))
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
        return [(row.at, fact_of(row)) for row in rows]


def _open(connection: Connection, access: Access, at: datetime) -> str:
    forbidden_by = forbids(connection, access.recording) if access.gives_sound else ""
    insert_facts(connection, [(access.fact(forbidden_by), at)])
    return forbidden_by
