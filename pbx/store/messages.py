"""Voicemail by box: which recording is a message for whom, and whether it was heard."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import sqlite

from pbx.call.record import Message
from pbx.store.database import Database
from pbx.store.tables import Base, Recording
from pbx.store.tables import Message as Row

_NEW = sqlite.insert(Base.metadata.tables[Row.__tablename__]).on_conflict_do_nothing()


class MessageStore:
    """A message is there once its recording is: what a caller left is counted when it can be heard."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_all(self, connection: Connection, messages: Sequence[Message]) -> None:
        """Insert the messages as a part of the caller's transaction; one that is there stays as it is."""
        if messages:
            rows = [{"recording": m.recording, "tenant": m.tenant, "box": m.box} for m in messages]
            connection.execute(_NEW, rows)

    async def is_stored(self, recording: str) -> bool:
        """Whether the message and its recording are there."""
        query = select(Row.recording).join(Recording, Recording.recording == Row.recording)
        async with self._database.reading() as session:
            found = await session.scalar(query.where(Row.recording == recording))
        return found is not None

    async def count(self, tenant: str, box: str) -> tuple[int, int]:
        """Return how many messages of a box were not heard yet, and how many were."""
        query = (
            select(func.count(), func.count(Row.heard_at))
            .join(Recording, Recording.recording == Row.recording)
            .where(Row.tenant == tenant, Row.box == box)
        )
        async with self._database.reading() as session:
            everything, heard = (await session.execute(query)).one()
        return everything - heard, heard

    async def mark_heard(self, recording: str, at: datetime) -> None:
        """A message was heard; the first time counts."""
        async with self._database.writing() as session:
            await session.execute(
                update(Row).where(Row.recording == recording, Row.heard_at.is_(None)).values(heard_at=at)
            )
