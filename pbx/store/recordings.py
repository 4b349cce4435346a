"""The ledger of finished recordings."""

import builtins
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypedDict

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.call.record import LOST
from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError, StorageError
from pbx.core.ids import CallId
from pbx.core.io.clock import utc_now
from pbx.recording.effects import ConsentMark, FinishedRecording
from pbx.recording.orphans import Filed
from pbx.recording.status_report import UNREADABLE
from pbx.store.audit_log import insert_facts
from pbx.store.consents import ConsentStore, mark
from pbx.store.database import Database
from pbx.store.life_tables import ErasureRow, PlaybackCopyRow, PlaybackKeyRow
from pbx.store.tables import AuditEvent, Call, Message, Recording, RecordingKey

MAX_LISTED = 10_000
MAX_FILED = 100_000  # an object store lists two objects of each
FINISHED = "recording.finished"
FAILED = "recording.failed"
LOST_CALL = "call.lost"
_COLUMNS = tuple(field.name for field in fields(FinishedRecording) if field.name != "header")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """A recording that nobody can open any more, though nobody has erased it."""

    recording: str
    tenant: str


class SqlRecordingLedger:
    """`RecordingLedger` over the database; the age headers stand in a table of their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, recording: str) -> bytes | None:
        """Return the manifest of a committed row; b"" when it is erased: then it must not come back."""
        async with self._database.reading() as session:
            row = await session.get(Recording, recording)
            if row is not None:
                return row.manifest
            erasure = await session.get(ErasureRow, recording)
            return b"" if erasure is not None and erasure.state == "done" else None

    async def goes_on(self, call: str, recording: str) -> bool:
        """Whether a call is on record and its end is not, nor that the recording's journal has failed.

        A failure without a chapter was not told by who writes: then a further one may still come.
        """
        named, chapter = (AuditEvent.details[word].as_string() for word in ("recording", "chapter"))
        failed = select(AuditEvent.id).where(
            AuditEvent.call == call, AuditEvent.kind == FAILED, named == recording, chapter.is_not(None)
        )
        ours = select(Call.call).where(Call.call == call, Call.ended_at.is_(None), ~failed.exists())
        async with self._database.reading() as session:
            return (await session.scalar(ours)) is not None

    async def commit(self, finished: FinishedRecording) -> None:
        """Store the recording, its key and the call's new state in one transaction.

        A process that is killed in the first moment of a call leaves a journal and no call: then what the
        recording says of the call is put in its place, so that whoever looks for calls finds it.
        Again with the same object changes nothing; with another object it is a MisuseError, because the
        first one could then no longer be opened.
        """
        async with self._database.writing() as session:
            stored = await session.get(Recording, finished.recording)
            if stored is not None:
                if stored.sha256_cipher != finished.sha256_cipher:
                    raise MisuseError(f"recording {finished.recording} is already another object")
                return
            session.add(Recording(**{column: getattr(finished, column) for column in _COLUMNS}))
            await session.flush()
            session.add(RecordingKey(recording=finished.recording, header=finished.header))
            # A voicemail of an unrecorded call must not make that call look recorded.
            names = (finished.recording, "") if finished.kind == "call" else (finished.recording,)
            facts = [(_fact(finished), utc_now())]
            if await session.get(Call, finished.call) is None:
                session.add(_call_of(finished))
                await session.flush()
                facts.append((_lost_call(finished), utc_now()))
            await session.execute(
                update(Call)
                .where(Call.call == finished.call, Call.recording.in_(names))
                .values(recording=finished.recording, recording_state="recorded")
            )
            await session.run_sync(lambda inner: insert_facts(inner.connection(), facts))

    async def unreadable(self, recording: str, reason: str) -> None:
        """Put on the record that nobody can read a journal; its call and tenant as far as they are known."""
        query = select(Call.call, Call.tenant).where(Call.recording == recording)
        async with self._database.writing() as session:
            row = (await session.execute(query)).first()
            fact = AuditFact(
                kind=UNREADABLE,
                call=CallId(row.call) if row else None,
                tenant=row.tenant if row else "",
                details={"recording": recording, "reason": reason},
            )
            facts = [(fact, utc_now())]
            await session.run_sync(lambda inner: insert_facts(inner.connection(), facts))

    async def consents(self, call: str) -> Sequence[ConsentMark]:
        """Return the consents of a call that are on record now, oldest first."""
        return [mark(record) for record in await ConsentStore(self._database).of_call(call)]

    async def messages(self, recordings: Collection[str]) -> frozenset[str]:
        """Return those of at most MAX_LISTED recordings that were left in a voicemail box."""
        query = select(Message.recording).where(Message.recording.in_(sorted(recordings)[:MAX_LISTED]))
        async with self._database.reading() as session:
            return frozenset((await session.scalars(query)).all())

    async def filed(self) -> Filed:
        """Return all recordings, and which of them and of the calls are alone."""
        row = select(Recording).where(Recording.recording == Call.recording)
        call = select(Call).where(Call.call == Recording.call)
        objects = select(Recording.object_key, Recording.recording).limit(MAX_FILED)
        lacking = select(Call.recording).where(Call.recording_state == "recorded", ~row.exists())
        alone = select(Recording.recording).where(~call.exists())
        keyless = select(Recording.recording).where(_has_lost_its_key())
        async with self._database.reading() as session:
            found = (await session.execute(objects)).all()
            if len(found) == MAX_FILED:
                raise StorageError(f"there are {MAX_FILED} recordings or more: too many", retryable=False)
            return Filed(
                objects={str(key): str(recording) for key, recording in found},
                calls_without_recording=frozenset((await session.scalars(lacking.limit(MAX_FILED))).all()),
                recordings_without_call=frozenset((await session.scalars(alone.limit(MAX_FILED))).all()),
                recordings_without_key=frozenset((await session.scalars(keyless.limit(MAX_FILED))).all()),
                lost_rows=frozenset((await session.scalars(_lost_rows().limit(MAX_FILED))).all()),
                **await _copies(session),
            )

    async def keyless(self) -> builtins.list[Keyless]:
        """Return the recordings whose key is gone without an erasure, sorted by tenant and name."""
        query = select(Recording.recording, Recording.tenant).where(_has_lost_its_key())
        query = query.order_by(Recording.tenant, Recording.recording).limit(MAX_LISTED)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [Keyless(recording=row.recording, tenant=row.tenant) for row in rows]

    async def sizes(self, start: str) -> builtins.list[tuple[str, int]]:
        """Return at most MAX_LISTED recordings with their octets, from name `start` on, then from the first.

        Names are random: with a random start each recording of a large archive has its chance.
        """
        query = select(Recording.recording, Recording.size).order_by(Recording.recording)
        async with self._database.reading() as session:
            rows = (await session.execute(query.where(Recording.recording >= start).limit(MAX_LISTED))).all()
            more = query.where(Recording.recording < start).limit(MAX_LISTED - len(rows))
            rows = [*rows, *(await session.execute(more)).all()]
        return [(row.recording, row.size) for row in rows]

    async def get(self, recording: str) -> FinishedRecording | None:
        """Return one recording; None when it or its key is gone."""
        rows = await self._select(1, Recording.recording == recording)
        return rows[0] if rows else None

    async def of_call(self, call: str) -> builtins.list[FinishedRecording]:
        """Return the recordings of a call that can still be opened, the newest first."""
        return await self._select(MAX_LISTED, Recording.call == call)

    async def list(self, limit: int = 100) -> builtins.list[FinishedRecording]:
        """Return the newest recordings, newest first."""
        return await self._select(min(limit, MAX_LISTED))

    async def search(
        self,
        limit: int = MAX_LISTED,
        *,
        tenant: str = "",
        customer: str = "",
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> builtins.list[FinishedRecording]:
        """Return the newest recordings of a tenant, of a customer, of some time: whatever is given."""
        where: list[ColumnElement[bool]] = [Recording.tenant == tenant] if tenant else []
        if customer:
            where.append(Recording.call.in_(select(Call.call).where(Call.customer == customer)))
        if since is not None:
            where.append(Recording.started_at >= since)
        if before is not None:
            where.append(Recording.started_at < before)
        return await self._select(min(limit, MAX_LISTED), *where)

    async def _select(self, limit: int, *where: ColumnElement[bool]) -> builtins.list[FinishedRecording]:
        query = select(Recording, RecordingKey.header).join(
            RecordingKey, RecordingKey.recording == Recording.recording
        )
        query = query.where(*where).order_by(Recording.started_at.desc(), Recording.recording).limit(limit)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [_finished(row, header) for row, header in rows]


class _FiledCopies(TypedDict):
    copies: dict[str, str]
    copies_begun: frozenset[str]
    copies_without_key: frozenset[str]


async def _copies(session: AsyncSession) -> _FiledCopies:
    """What `Filed` says of playback copies; there are never more of them than recordings."""
    copies = select(PlaybackCopyRow.object_key, PlaybackCopyRow.recording, PlaybackCopyRow.made_at)
    rows = (await session.execute(copies)).all()
    key = select(PlaybackKeyRow).where(PlaybackKeyRow.recording == PlaybackCopyRow.recording)
    shredded = select(ErasureRow).where(
        ErasureRow.recording == PlaybackCopyRow.recording, ErasureRow.key_gone_at.is_not(None)
    )
    lost = select(PlaybackCopyRow.recording).where(
        PlaybackCopyRow.made_at.is_not(None), ~key.exists(), ~shredded.exists()
    )
    return {
        "copies": {row.object_key: row.recording for row in rows if row.made_at is not None},
        "copies_begun": frozenset(row.object_key for row in rows if row.made_at is None),
        "copies_without_key": frozenset((await session.scalars(lost)).all()),
    }


def _has_lost_its_key() -> ColumnElement[bool]:
    """An erasure takes the key in the transaction that says so: without one it was lost."""
    key = select(RecordingKey).where(RecordingKey.recording == Recording.recording)
    shredded = select(ErasureRow).where(
        ErasureRow.recording == Recording.recording, ErasureRow.key_gone_at.is_not(None)
    )
    return ~key.exists() & ~shredded.exists()


def _lost_rows() -> Select[str]:
    """What the log says was finished, and nobody knows of any more."""
    named = AuditEvent.details["recording"].as_string()
    row = select(Recording).where(Recording.recording == named)
    erasure = select(ErasureRow).where(ErasureRow.recording == named)
    return select(named).where(AuditEvent.kind == FINISHED, ~row.exists(), ~erasure.exists())


def _call_of(finished: FinishedRecording) -> Call:
    """The row of a call that nobody could write any more; who called whom is not known."""
    return Call(
        call=finished.call,
        tenant=finished.tenant,
        direction=LOST,
        called=b"",
        offered_at=finished.started_at,
        answered_at=finished.started_at,
        ended_at=finished.started_at + timedelta(milliseconds=finished.duration_ms),
        ended_by="system",
        cause="crash",
        route="",
        recording="",
        recording_state="none",
        recording_reason="",
        consents=[],
        verification="",
        customer="",
    )


def _lost_call(finished: FinishedRecording) -> AuditFact:
    return AuditFact(
        kind=LOST_CALL,
        call=CallId(finished.call),
        tenant=finished.tenant,
        details={"recording": finished.recording},
    )


def _fact(finished: FinishedRecording) -> AuditFact:
    """What the log says of a recording: with the manifest's hash, so that a lost row is missed."""
    return AuditFact(
        kind=FINISHED,
        call=CallId(finished.call),
        tenant=finished.tenant,
        details={
            "recording": finished.recording,
            "manifest_sha256": sha256(finished.manifest).hexdigest(),
        },
    )


def _finished(row: Recording, header: bytes) -> FinishedRecording:
    return FinishedRecording(header=header, **{column: getattr(row, column) for column in _COLUMNS})
