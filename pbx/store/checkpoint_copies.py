"""Which checkpoints of the audit log have been copied to a store outside, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select

from pbx.store.audit_log import AuditLog, StoredCheckpoint
from pbx.store.database import Database
from pbx.store.tables import AuditCheckpoint, Base, CheckpointCopy

_COPIES = Base.metadata.tables[CheckpointCopy.__tablename__]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyState:
    """The newest copy in one place, and what waits: how many notes, and since when the oldest does."""

    newest_size: int
    newest_at: datetime | None
    waiting: int
    waiting_since: datetime | None


class CheckpointCopies:
    """The copies by place; StorageError when the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = AuditLog(database)

    async def missing(self, place: str, above: int, limit: int) -> Sequence[StoredCheckpoint]:
        """Return checkpoints over more than `above` entries that are not there, the smallest first."""
        query = select(AuditCheckpoint).where(AuditCheckpoint.size > above, _is_missing(place))
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(AuditCheckpoint.size).limit(limit))).all()
        return [
            StoredCheckpoint(size=row.size, note=row.note if isinstance(row.note, bytes) else b"", at=row.at)
            for row in rows
        ]

    async def made(self, place: str, size: int, at: datetime) -> None:
        """One is there; said twice it changes nothing."""
        statement = insert(_COPIES).prefix_with("OR IGNORE")
        row = {"place": place, "size": size, "at": at}
        await self._database.write(lambda connection: connection.execute(statement, [row]))

    async def alarm(self, kind: str, reason: str, at: datetime) -> None:
        """Put on the record that the copies are late."""
        await self._log.alarm(kind, reason, at)

    async def sizes(self, place: str) -> list[int]:
        """Return over how many entries each copy in a place is, the smallest first."""
        query = select(CheckpointCopy.size).where(CheckpointCopy.place == place).order_by(CheckpointCopy.size)
        async with self._database.reading() as session:
            return list((await session.scalars(query)).all())

    async def state(self, place: str) -> CopyState:
        """Return how far the copies in a place have come."""
        newest = select(CheckpointCopy).where(CheckpointCopy.place == place)
        missing = select(func.count(), func.min(AuditCheckpoint.at)).where(_is_missing(place))
        async with self._database.reading() as session:
            row = await session.scalar(newest.order_by(CheckpointCopy.size.desc()).limit(1))
            waiting, since = (await session.execute(missing)).one()
        return CopyState(
            newest_size=0 if row is None else row.size,
            newest_at=None if row is None else row.at,
            waiting=waiting,
            waiting_since=since,
        )


def _is_missing(place: str) -> ColumnElement[bool]:
    copy = select(CheckpointCopy).where(
        CheckpointCopy.place == place, CheckpointCopy.size == AuditCheckpoint.size
    )
    return ~copy.exists()
