"""The age headers of recordings and of playback copies: found, replaced by re-wrapped ones, counted."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal, select, update

from pbx.store.database import Database
from pbx.store.life_tables import PlaybackKeyRow
from pbx.store.tables import Base, Call, Recording, RecordingKey

AGE_V1 = 1  # the only suite that there is
MAX_LISTED = 10_000
_Row = type[RecordingKey] | type[PlaybackKeyRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """One key row, with the object's name that proves whose file key the header wraps.

    The header of a playback copy names its recording always, so that it needs no such name.
    """

    recording: str
    object_key: str
    header: bytes
    suite: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHeader:
    """A header that takes the place of another for the same payload."""

    recording: str
    old: bytes
    new: bytes
    epoch: int


class RecordingKeys:
    """The key rows of the masters, or those of the copies; StorageError when the database is down."""

    def __init__(self, database: Database, of: Literal["masters", "copies"] = "masters") -> None:
        self._database = database
        self._row: _Row = RecordingKey if of == "masters" else PlaybackKeyRow
        self._name = Recording.object_key if of == "masters" else literal("")

    async def before(
        self, tenant: str, epoch: int, *, after: str = "", limit: int
    ) -> builtins.list[StoredKey]:
        """Return a tenant's keys of lower epochs, by recording, beginning behind the recording `after`."""
        row = self._row
        query = select(row.recording, row.header, row.suite, row.epoch, self._name.label("object_key"))
        query = query.join(Recording, Recording.recording == self._row.recording)
        query = query.where(*self._older(tenant, epoch), self._row.recording > after)
        query = query.order_by(self._row.recording).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [
            StoredKey(
                recording=one.recording,
                object_key=one.object_key,
                header=one.header,
                suite=one.suite,
                epoch=one.epoch,
            )
            for one in rows
        ]

    async def count_before(self, tenant: str, epoch: int) -> int:
        """Return how many keys of a tenant are of lower epochs."""
        query = select(func.count()).select_from(self._row)
        query = query.join(Recording, Recording.recording == self._row.recording)
        async with self._database.reading() as session:
            return (await session.execute(query.where(*self._older(tenant, epoch)))).scalar_one()

    async def count_open_calls(self, tenant: str, before: datetime) -> int:
        """Return how many calls that began before a time go on: they may still record for older epochs."""
        query = select(func.count()).select_from(Call)
        query = query.where(Call.tenant == tenant, Call.ended_at.is_(None), Call.offered_at <= before)
        async with self._database.reading() as session:
            return (await session.execute(query)).scalar_one()

    async def replace(self, headers: Sequence[NewHeader]) -> int:
        """Store new headers in one transaction; return how many.

        A row that is gone or was replaced meanwhile stays so: a shredded key must not come back.
        """
        if not headers:
            return 0
        statement = (
            update(Base.metadata.tables[self._row.__tablename__])
            .where(self._row.recording == bindparam("of"), self._row.header == bindparam("old"))
            .values(header=bindparam("new"), epoch=bindparam("to"))
        )
        rows = [{"of": one.recording, "old": one.old, "new": one.new, "to": one.epoch} for one in headers]

        def work(connection: Connection) -> int:
            return connection.execute(statement, rows).rowcount

        return await self._database.write(work)

    def _older(self, tenant: str, epoch: int) -> tuple[ColumnElement[bool], ...]:
        return (Recording.tenant == tenant, self._row.epoch < epoch)


def all_keys(database: Database) -> tuple[RecordingKeys, ...]:
    """Return the key rows of both kinds."""
    return RecordingKeys(database, "masters"), RecordingKeys(database, "copies")
