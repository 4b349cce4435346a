"""The ledger of playback copies; each step is one transaction, and what must not have a copy gets none."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, insert, select, update

from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.recording.effects import FinishedRecording
from pbx.recording.playback_copy import PlaybackCopy
from pbx.recording.status_report import COPY_FAILED
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.holds import hold_again, is_held
from pbx.store.life_tables import ErasureRow, PlaybackCopyRow, PlaybackKeyRow, RestrictionRow
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.tables import AuditEvent, Base, Recording, RecordingKey

MAX_SKIPPED = 1_000  # of those that are to be passed over: each is a word of the query
_TABLES = Base.metadata.tables
_COPIES: Table = _TABLES[PlaybackCopyRow.__tablename__]
_KEYS: Table = _TABLES[PlaybackKeyRow.__tablename__]
_LEAST_SCRUBBED = 43  # octets of the shortest line with a share or a key in it
_COLUMNS = tuple(field.name for field in fields(PlaybackCopy) if field.name != "header")


class SqlCopyLedger:
    """`CopyLedger` over the database; the headers stand in a table of their own, as of masters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next(self, skipped: Collection[str]) -> FinishedRecording | None:
        """Return the newest recording that lacks a copy and may have one, but for MAX_SKIPPED."""
        passed_over = Recording.recording.not_in(sorted(skipped)[:MAX_SKIPPED])
        # What rules out most stands first: SQLite asks in this order.
        query = select(Recording.recording).where(~_made().exists(), passed_over, *_allowed())
        query = query.order_by(Recording.started_at.desc(), Recording.recording).limit(1)
        async with self._database.reading() as session:
            found = (await session.scalars(query)).first()
        return None if found is None else await SqlRecordingLedger(self._database).get(found)

    async def lacking(self, recordings: Collection[str]) -> set[str]:
        """Return which of at most MAX_SKIPPED recordings lack a copy and may have one."""
        asked = Recording.recording.in_(sorted(recordings)[:MAX_SKIPPED])
        query = select(Recording.recording).where(asked, ~_made().exists(), *_allowed())
        async with self._database.reading() as session:
            return set(await session.scalars(query))

    async def failed(self, recording: str, reason: str, at: datetime) -> None:
        """Write the fact, unless it is what the last one of this recording says."""

        def insert_fact(connection: Connection) -> None:
            row = select(Recording.call, Recording.tenant).where(Recording.recording == recording)
            known = connection.execute(row).first()
            told = AuditEvent.details["recording"].as_string() == recording
            query = select(AuditEvent.details).where(AuditEvent.kind == COPY_FAILED, told)
            last = connection.execute(query.order_by(AuditEvent.id.desc()).limit(1)).scalar()
            said: dict[str, str | int | bool | None] = {"recording": recording, "reason": reason}
            if known is not None and last != said:
                fact = AuditFact(kind=COPY_FAILED, call=CallId(known.call), tenant=known.tenant, details=said)
                insert_facts(connection, [(fact, at)])

        await self._database.write(insert_fact)

    async def get(self, recording: str) -> PlaybackCopy | None:
        """Return the copy of a recording; None when it or its key is not there."""
        query = select(PlaybackCopyRow, PlaybackKeyRow.header).join(
            PlaybackKeyRow, PlaybackKeyRow.recording == PlaybackCopyRow.recording
        )
        query = query.where(PlaybackCopyRow.recording == recording, PlaybackCopyRow.made_at.is_not(None))
        async with self._database.reading() as session:
            found = (await session.execute(query)).first()
        if found is None:
            return None
        row, header = found
        return PlaybackCopy(header=header, **{name: getattr(row, name) for name in _COLUMNS})

    async def begin(self, recording: str, object_key: str) -> bool:
        """Name the object of a copy to be made."""

        def insert_row(connection: Connection) -> bool:
            here = select(_COPIES.c.recording).where(_COPIES.c.recording == recording)
            if connection.execute(here).first() is not None or not _is_allowed(connection, recording):
                return False
            connection.execute(insert(_COPIES), [{"recording": recording, "object_key": object_key}])
            return True

        return await self._database.write(insert_row)

    async def commit(self, copy: PlaybackCopy) -> bool:
        """Make it the copy of its recording, with its key, in one transaction."""
        values = {name: getattr(copy, name) for name in ("size", "sha256_cipher", "made_at")}

        def update_row(connection: Connection) -> bool:
            begun = _is(copy.recording, copy.object_key) & _COPIES.c.made_at.is_(None)
            if not _is_allowed(connection, copy.recording):
                return False
            if not connection.execute(update(_COPIES).where(begun).values(**values)).rowcount:
                return False
            connection.execute(insert(_KEYS), [{"recording": copy.recording, "header": copy.header}])
            hold_again(connection, copy.recording)
            return True

        return await self._database.write(update_row)

    async def withdraw(self, recording: str) -> str:
        """Destroy the header of a copy in the table and in the database's files."""
        object_key, header = await self._database.write(lambda one: _withdraw(one, recording))
        lines = [line for line in header.split(b"\n") if len(line) >= _LEAST_SCRUBBED]
        if lines:
            await self._database.scrub(lines)
        return object_key

    async def forget(self, recording: str, object_key: str) -> None:
        """Delete the row of a copy whose object is gone."""
        begun = _is(recording, object_key) & _COPIES.c.made_at.is_(None)
        await self._database.write(lambda one: one.execute(delete(_COPIES).where(begun)))


def _made() -> Select[PlaybackCopyRow]:
    return select(PlaybackCopyRow).where(
        PlaybackCopyRow.recording == Recording.recording, PlaybackCopyRow.made_at.is_not(None)
    )


def _allowed() -> tuple[ColumnElement[bool], ...]:
    """What can be opened, has a sound, and is neither restricted nor to be erased."""
    key = select(RecordingKey).where(RecordingKey.recording == Recording.recording)
    restriction = select(RestrictionRow).where(
        RestrictionRow.recording == Recording.recording, RestrictionRow.lifted_at.is_(None)
    )
    erasure = select(ErasureRow).where(ErasureRow.recording == Recording.recording)
    return key.exists(), ~restriction.exists(), ~erasure.exists(), Recording.duration_ms > 0


def _is_allowed(connection: Connection, recording: str) -> bool:
    query = select(Recording.recording).where(Recording.recording == recording, *_allowed())
    return connection.execute(query).first() is not None


def _is(recording: str, object_key: str) -> ColumnElement[bool]:
    return (_COPIES.c.recording == recording) & (_COPIES.c.object_key == object_key)


def _withdraw(connection: Connection, recording: str) -> tuple[str, bytes]:
    row = connection.execute(select(_COPIES).where(_COPIES.c.recording == recording)).first()
    if row is None:
        return "", b""
    if row.made_at is not None and is_held(connection, recording):
        raise StorageError(f"a legal hold keeps the playback copy of {recording}", retryable=False)
    if row.made_at is not None and not _is_allowed(connection, recording):
        raise StorageError(
            f"{recording} is restricted or to be erased: no copy is made of it", retryable=False
        )
    header = connection.execute(select(_KEYS.c.header).where(_KEYS.c.recording == recording)).scalar()
    connection.execute(delete(_KEYS).where(_KEYS.c.recording == recording))
    connection.execute(update(_COPIES).where(_COPIES.c.recording == recording).values(made_at=None))
    return str(row.object_key), header or b""
