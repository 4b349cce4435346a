"""The disclosure register: a line before anything is given out; none is ever deleted."""

import builtins
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from pbx.lifecycle.disclosure import Disclosure
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.life_tables import DisclosureRow
from pbx.store.tables import Base, RecordingKey

MAX_LISTED = 10_000
_ROWS = Base.metadata.tables[DisclosureRow.__tablename__]
_KEYS = Base.metadata.tables[RecordingKey.__tablename__]
_NAMES = tuple(field.name for field in fields(Disclosure))


class DisclosureStore:
    """Each line, and what is added to it, is told to the audit log in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, disclosure: Disclosure) -> bool:
        """Write a line; False when there is no such recording, or its key is gone."""
        row = {name: getattr(disclosure, name) for name in _NAMES}

        def insert_row(connection: Connection) -> bool:
            key = select(_KEYS.c.recording).where(_KEYS.c.recording == disclosure.recording)
            if connection.execute(key).first() is None:
                return False
            connection.execute(insert(_ROWS), [row])
            insert_facts(connection, [(disclosure.fact("recording.disclosed"), disclosure.at)])
            return True

        return await self._database.write(insert_row)

    async def serve(self, disclosure: Disclosure, at: datetime) -> bool:
        """Add what is about to leave the house, its hash, size and part; False when that is there already."""
        statement = update(_ROWS).where(
            _ROWS.c.disclosure == disclosure.disclosure, _ROWS.c.served_at.is_(None)
        )
        what = {"sha256": disclosure.sha256, "size": disclosure.size, "span": disclosure.span}
        statement = statement.values(served_at=at, **what)

        def update_row(connection: Connection) -> bool:
            if not connection.execute(statement).rowcount:
                return False
            insert_facts(connection, [(disclosure.fact("recording.disclosure_served"), at)])
            return True

        return await self._database.write(update_row)

    async def get(self, disclosure: str) -> Disclosure | None:
        """Return one line."""
        async with self._database.reading() as session:
            row = await session.get(DisclosureRow, disclosure)
        return None if row is None else Disclosure(**{name: getattr(row, name) for name in _NAMES})

    async def list(self, limit: int, recording: str = "") -> builtins.list[Disclosure]:
        """Return the newest lines, of everything or of one recording, newest first."""
        query = select(DisclosureRow).order_by(DisclosureRow.at.desc(), DisclosureRow.disclosure)
        if recording:
            query = query.where(DisclosureRow.recording == recording)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
        return [Disclosure(**{name: getattr(row, name) for name in _NAMES}) for row in rows]
