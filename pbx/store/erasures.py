"""Erasures: what is to be erased, how far each one is, and the tombstones with their receipts."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Select, Table, delete, insert, select, tuple_, update

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.lifecycle.erasure import Erasure, Extent, ObjectEnd, State
from pbx.lifecycle.precedence import Ground
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.holds import is_held
from pbx.store.life_tables import ErasureRow, PlaybackCopyRow, PlaybackKeyRow
from pbx.store.tables import Base, Call, Message, Recording, RecordingKey

MAX_LISTED = 10_000
MAX_WORKED = 64  # erasures that share one look through the database's files
ERASED = "erased"  # of `calls.recording_state`
_ROWS = Base.metadata.tables[ErasureRow.__tablename__]
_KEYS = Base.metadata.tables[RecordingKey.__tablename__]
_COPY_KEYS = Base.metadata.tables[PlaybackKeyRow.__tablename__]
_COPIES = Base.metadata.tables[PlaybackCopyRow.__tablename__]
_RECORDINGS = Base.metadata.tables[Recording.__tablename__]
_MESSAGES = Base.metadata.tables[Message.__tablename__]
_CALLS = Base.metadata.tables[Call.__tablename__]
_NAMES = tuple(field.name for field in fields(Erasure))
_PROVED = ("key_gone_at", "scrubbed_at", "receipt", "signature", "copy_key")
_LEFT: tuple[ObjectEnd, ...] = ("locked", "versions_kept", "versions_unknown")
_OVER: tuple[State, ...] = ("blocked", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants a recording erased, and why; `blocked_by` names the rule that forbids it for now."""

    recording: str
    ground: Ground
    extent: Extent = "all"
    reason: str
    actor: str
    blocked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredded:
    """A key that was deleted; `header` is what may still be in the files, None = it had gone before.

    That of the playback copy stands behind it.
    """

    header: bytes | None


class ErasureStore:
    """Each step is one transaction, and done again it changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, wish: Wish, at: datetime) -> Erasure | None:
        """Store a wish; None when there is no such recording.

        One that has begun goes on as it began; one that is over begins again only when more is to go.
        """
        return await self._database.write(lambda connection: _ask(connection, wish, at))

    async def get(self, recording: str) -> Erasure | None:
        """Return the erasure of a recording, wherever it stands."""
        async with self._database.reading() as session:
            row = await session.get(ErasureRow, recording)
        return None if row is None else _erasure(row)

    async def list(self, limit: int = 100) -> builtins.list[Erasure]:
        """Return the newest erasures, newest first."""
        query = select(ErasureRow).order_by(ErasureRow.asked_at.desc(), ErasureRow.recording)
        return await self._select(query.limit(min(limit, MAX_LISTED)))

    async def pending(self, recording: str = "", behind: Erasure | None = None) -> builtins.list[Erasure]:
        """Return those that go on, oldest first, at most MAX_WORKED behind one; or the one of a recording."""
        place = (ErasureRow.asked_at, ErasureRow.recording)
        query = select(ErasureRow).where(ErasureRow.state.not_in(_OVER)).order_by(*place)
        if recording:
            query = query.where(ErasureRow.recording == recording)
        if behind is not None:
            query = query.where(tuple_(*place) > (behind.asked_at, behind.recording))
        return await self._select(query.limit(MAX_WORKED))

    async def blocked(self) -> builtins.list[Erasure]:
        """Return those that a rule forbids, oldest first."""
        query = select(ErasureRow).where(ErasureRow.state == "blocked").order_by(ErasureRow.asked_at)
        return await self._select(query.limit(MAX_LISTED))

    async def unblock(self, recording: str) -> None:
        """Let a blocked erasure go on."""
        await self._database.write(lambda one: _advance(one, recording, ("blocked", "asked"), {}))

    async def block(self, recording: str, by: str) -> None:
        """Note that another rule forbids a blocked erasure now."""
        statement = update(_ROWS).where(_ROWS.c.recording == recording, _ROWS.c.state == "blocked")
        await self._database.write(lambda one: one.execute(statement.values(blocked_by=by)))

    async def withdraw(self, recording: str, at: datetime) -> None:
        """Take back what was blocked and is not due any more; a request or one with a receipt stays."""
        await self._database.write(lambda connection: _withdraw(connection, recording, at))

    async def shred(self, recording: str, at: datetime) -> Shredded | None:
        """Delete the key; None when a legal hold forbids it, which is looked up under the same lock.

        Nothing happens when the erasure does not stand before this step any more.
        """
        return await self._database.write(lambda connection: _shred(connection, recording, at))

    async def scrub(self, headers: Sequence[bytes]) -> None:
        """Leave nothing of these headers in the database's files; StorageError when that cannot be done now.

        Without headers, as after a crash, the whole file is written anew.
        """
        # The shares and the wrapped keys: with any pair of them and an identity the recording would open.
        lines = [line for header in headers for line in header.split(b"\n")]
        await self._database.scrub([line for line in lines if len(line) >= 43])

    async def scrubbed(self, recording: str, at: datetime) -> None:
        """Note that the files hold nothing of the key, if the erasure still stands before that."""
        values: dict[str, object] = {"scrubbed_at": at}
        await self._database.write(lambda one: _advance(one, recording, ("key_gone", "scrubbed"), values))

    async def object_gone(self, recording: str, end: ObjectEnd, at: datetime) -> None:
        """Note what became of the object, if the erasure still stands before that."""
        values: dict[str, object] = {"object_gone_at": at, "object": end}
        await self._database.write(lambda one: _advance(one, recording, ("scrubbed", "object_gone"), values))

    async def finish(self, erasure: Erasure, proof: tuple[bytes, bytes], at: datetime) -> None:
        """Delete what the database has of a recording; keep the tombstone with receipt and signature."""
        await self._database.write(lambda connection: _finish(connection, erasure, proof, at))

    async def left(self, behind: Erasure | None = None) -> builtins.list[Erasure]:
        """Return finished ones whose object the store still keeps, oldest first, at most MAX_WORKED."""
        place = (ErasureRow.asked_at, ErasureRow.recording)
        query = select(ErasureRow).where(ErasureRow.state == "done", ErasureRow.object.in_(_LEFT))
        if behind is not None:
            query = query.where(tuple_(*place) > (behind.asked_at, behind.recording))
        return await self._select(query.order_by(*place).limit(MAX_WORKED))

    async def swept(self, erasure: Erasure, proof: tuple[bytes, bytes], at: datetime) -> bool:
        """Note that the object is gone after all, with a new receipt; False when that was noted already."""
        return await self._database.write(lambda connection: _swept(connection, erasure, proof, at))

    async def _select(self, query: Select[ErasureRow]) -> builtins.list[Erasure]:
        async with self._database.reading() as session:
            return [_erasure(row) for row in (await session.scalars(query)).all()]


def _ask(connection: Connection, wish: Wish, at: datetime) -> Erasure | None:
    found = connection.execute(select(_ROWS).where(_ROWS.c.recording == wish.recording)).first()
    row = connection.execute(select(_RECORDINGS).where(_RECORDINGS.c.recording == wish.recording)).first()
    before = None if found is None else Erasure(**{name: getattr(found, name) for name in _NAMES})
    if row is None or (before is not None and not _begins_again(before, wish)):
        return before
    was_wider = before is not None and before.state == "blocked" and before.extent == "all"
    extent: Extent = "all" if was_wider else wish.extent
    again = Erasure(
        **{name: getattr(row, name) for name in ("recording", "tenant", "call", "kind", "object_key")},
        sha256_cipher=row.sha256_cipher,
        manifest_sha256=sha256(row.manifest).hexdigest(),
        ground=wish.ground,
        extent=extent,
        reason=wish.reason,
        actor=wish.actor,
        state="blocked" if wish.blocked_by else "asked",
        started_at=row.started_at,
        asked_at=at,
        blocked_by=wish.blocked_by,
        object="kept" if extent == "key" else "",
    )
    if before is not None:  # what was proved once stays true, and stays proved until the next receipt
        again = replace(again, **{name: getattr(before, name) for name in _PROVED})
    values = {name: getattr(again, name) for name in _NAMES}
    if before is None:
        connection.execute(insert(_ROWS), [values])
    else:
        connection.execute(update(_ROWS).where(_ROWS.c.recording == wish.recording).values(**values))
    said = {name: str(getattr(wish, name)) for name in ("ground", "reason", "extent", "blocked_by")}
    _say(connection, "recording.erasure_asked", again, said, at)
    return again


def _begins_again(before: Erasure, wish: Wish) -> bool:
    """A blocked one may have got another ground or rule; a shredded one may lose its object too."""
    if before.state == "blocked":
        return (wish.ground, wish.blocked_by, wish.extent) != (
            before.ground,
            before.blocked_by,
            before.extent,
        )
    return before.is_over and before.extent == "key" and wish.extent == "all"


def _shred(connection: Connection, recording: str, at: datetime) -> Shredded | None:
    erasure = _read(connection, recording)
    if erasure.state != "asked":  # another process was faster
        return Shredded(header=None)
    if is_held(connection, recording):
        _advance(connection, recording, ("asked", "blocked"), {"blocked_by": "hold"})
        return None
    if erasure.scrubbed_at is not None:  # it was shredded before, and only its object is left
        _advance(connection, recording, ("asked", "scrubbed"), {})
        return Shredded(header=None)
    header, copy_header = (_taken(connection, table, recording) for table in (_KEYS, _COPY_KEYS))
    copy_key = select(_COPIES.c.object_key).where(_COPIES.c.recording == recording)
    values = {"key_gone_at": at, "copy_key": connection.execute(copy_key).scalar_one_or_none() or ""}
    _advance(connection, recording, ("asked", "key_gone"), values)
    said = {"ground": erasure.ground, "purpose": erasure.reason}
    _say(connection, "recording.shredded", erasure, said, at)
    return Shredded(header=None if header is None else header + (copy_header or b""))


def _taken(connection: Connection, keys: Table, recording: str) -> bytes | None:
    """Delete a key; return the header that it was."""
    where = keys.c.recording == recording
    header: bytes | None = connection.execute(select(keys.c.header).where(where)).scalar_one_or_none()
    connection.execute(delete(keys).where(where))
    return header


def _withdraw(connection: Connection, recording: str, at: datetime) -> None:
    erasure = _read(connection, recording)
    may_go = (_ROWS.c.state == "blocked") & (_ROWS.c.ground == "retention") & _ROWS.c.receipt.is_(None)
    if connection.execute(delete(_ROWS).where(_ROWS.c.recording == recording, may_go)).rowcount:
        _say(connection, "recording.erasure_withdrawn", erasure, {"ground": erasure.ground}, at)


def _advance(
    connection: Connection, recording: str, step: tuple[State, State], values: dict[str, object]
) -> bool:
    before, after = step
    statement = update(_ROWS).where(_ROWS.c.recording == recording, _ROWS.c.state == before)
    blocked_by = {"blocked_by": ""} if before == "blocked" else {}
    return bool(connection.execute(statement.values(state=after, **blocked_by, **values)).rowcount)


def _finish(connection: Connection, erasure: Erasure, proof: tuple[bytes, bytes], at: datetime) -> None:
    receipt, signature = proof
    values = {"done_at": at, "receipt": receipt, "signature": signature}
    if not _advance(connection, erasure.recording, (erasure.state, "done"), values):
        return
    said = {"receipt_sha256": sha256(receipt).hexdigest(), "ground": erasure.ground, "extent": erasure.extent}
    if erasure.extent == "all":
        for table in (_MESSAGES, _COPY_KEYS, _COPIES, _RECORDINGS):
            connection.execute(delete(table).where(table.c.recording == erasure.recording))
        is_its = (_CALLS.c.call == erasure.call) & (_CALLS.c.recording == erasure.recording)
        connection.execute(update(_CALLS).where(is_its).values(recording_state=ERASED))
    _say(connection, "recording.erased", erasure, said, at)


def _swept(connection: Connection, erasure: Erasure, proof: tuple[bytes, bytes], at: datetime) -> bool:
    receipt, signature = proof
    is_left = (_ROWS.c.recording == erasure.recording) & (_ROWS.c.state == "done") & _ROWS.c.object.in_(_LEFT)
    values = {"object": erasure.object, "object_gone_at": at, "receipt": receipt, "signature": signature}
    if not connection.execute(update(_ROWS).where(is_left).values(**values)).rowcount:
        return False
    said = {"receipt_sha256": sha256(receipt).hexdigest(), "ground": erasure.ground, "extent": erasure.extent}
    _say(connection, "recording.object_gone", erasure, said, at)
    return True


def _say(connection: Connection, kind: str, erasure: Erasure, said: dict[str, str], at: datetime) -> None:
    about: dict[str, str | int | bool | None] = {"recording": erasure.recording, "actor": erasure.actor}
    fact = AuditFact(kind=kind, call=CallId(erasure.call), tenant=erasure.tenant, details=about | dict(said))
    insert_facts(connection, [(fact, at)])


def _read(connection: Connection, recording: str) -> Erasure:
    row = connection.execute(select(_ROWS).where(_ROWS.c.recording == recording)).one()
    return Erasure(**{name: getattr(row, name) for name in _NAMES})


def _erasure(row: ErasureRow) -> Erasure:
    return Erasure(**{name: getattr(row, name) for name in _NAMES})
