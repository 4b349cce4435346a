"""The age headers of the recordings: found, replaced by re-wrapped ones, counted."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from pbx.store.database import Database
from pbx.store.tables import Call, Recording, RecordingKey

AGE_V1 = 1  # the only suite that there is
MAX_LISTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """One key row, with the object's name that proves whose file key the header wraps."""

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
    """The key rows of the recordings; StorageError when the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(
        self, tenant: str, epoch: int, *, after: str = "", limit: int
    ) -> builtins.list[StoredKey]:
        """Return a tenant's keys of lower epochs, by recording, beginning behind the recording `after`."""
        query = select(RecordingKey, Recording.object_key).join(
            Recording, Recording.recording == RecordingKey.recording
        )
        query = query.where(*_older(tenant, epoch), RecordingKey.recording > after)
        query = query.order_by(RecordingKey.recording).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [
            StoredKey(
                recording=row.recording,
                object_key=object_key,
                header=row.header,
                suite=row.suite,
                epoch=row.epoch,
            )
            for row, object_key in rows
        ]

    async def count_before(self, tenant: str, epoch: int) -> int:
        """Return how many keys of a tenant are of lower epochs."""
        query = select(func.count()).select_from(RecordingKey)
        query = query.join(Recording, Recording.recording == RecordingKey.recording)
        async with self._database.reading() as session:
            return (await session.execute(query.where(*_older(tenant, epoch)))).scalar_one()

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
        n_replaced = 0
        async with self._database.writing() as session:
            for one in headers:
                done = await session.execute(
                    update(RecordingKey)
                    .where(RecordingKey.recording == one.recording, RecordingKey.header == one.old)
                    .values(header=one.new, epoch=one.epoch)
                    .returning(RecordingKey.recording)
                )
                n_replaced += len(done.all())
        return n_replaced


def _older(tenant: str, epoch: int) -> tuple[ColumnElement[bool], ...]:
    return (Recording.tenant == tenant, RecordingKey.epoch < epoch)
