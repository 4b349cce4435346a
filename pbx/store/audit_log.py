"""The tamper-evident log over the audit facts: one entry per fact, signed checkpoints over the entries.

An entry is written in the transaction of its fact. Erasing takes fact and salt away and says so in the log.
"""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError
from pbx.core.ids import CallId
from pbx.core.io.entropy import SystemIds
from pbx.recording.log import SALT_BYTES, commitment
from pbx.recording.log_entry import payload
from pbx.recording.status_report import reports_of
from pbx.store.database import Database
from pbx.store.tables import AuditCheckpoint, AuditEvent, AuditLeaf, Base
from pbx.store.webhook_rows import post

ERASED = "audit.erased"
MAX_BATCH = 10_000  # entries that are read at once: some 5 MB
Fact = tuple[AuditFact, datetime]
_EVENTS = Base.metadata.tables[AuditEvent.__tablename__]
_LEAVES = Base.metadata.tables[AuditLeaf.__tablename__]
_CHECKPOINTS = Base.metadata.tables[AuditCheckpoint.__tablename__]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry as it is stored; `fact` and `salt` are None where they are gone."""

    position: int
    entry: bytes
    event: int
    salt: bytes | None
    fact: Fact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A checkpoint as it is stored; the note says more, and has to be checked."""

    size: int
    note: bytes
    at: datetime


def insert_facts(connection: Connection, facts: Sequence[Fact]) -> None:
    """Store facts and their entries in their order, as a part of the caller's writing transaction."""
    if not facts:
        return
    last = connection.execute(select(func.max(_LEAVES.c.position), func.max(_LEAVES.c.event))).one()
    newest = connection.execute(select(func.max(_EVENTS.c.id))).scalar()
    position = -1 if last[0] is None else last[0]
    # Never an id a second time: a fact that was erased must not seem to have come back.
    event = max(last[1] or 0, newest or 0)
    ids, events, leaves = SystemIds(), [], []
    for number, (fact, at) in enumerate(facts, 1):
        salt = ids.octets(SALT_BYTES)
        events.append(_row(event + number, fact, at))
        entry = commitment(salt, payload(position + number, at, fact))
        leaves.append({"position": position + number, "entry": entry, "event": event + number, "salt": salt})
    connection.execute(insert(_EVENTS), events)
    connection.execute(insert(_LEAVES), leaves)
    # In the same transaction: a fact that somebody has to hear of is never without its report.
    if reports := [(report, at) for fact, at in facts for report in reports_of(fact, at)]:
        post(connection, reports, ids)


def fact_of(row: AuditEvent) -> AuditFact:
    """Return the fact of a row."""
    call = CallId(row.call) if row.call is not None else None
    return AuditFact(kind=row.kind, call=call, tenant=row.tenant, details=row.details)


class AuditLog:
    """Reads entries, keeps checkpoints, erases what entries commit to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def size(self) -> int:
        """How many entries the log has to have: one more than the last position."""
        async with self._database.reading() as session:
            last = await session.scalar(select(func.max(AuditLeaf.position)))
        return 0 if last is None else last + 1

    async def entries(self, first: int, limit: int = MAX_BATCH) -> builtins.list[bytes]:
        """Return entries from position `first` on."""
        query = select(AuditLeaf.entry).where(AuditLeaf.position >= first)
        async with self._database.reading() as session:
            query = query.order_by(AuditLeaf.position).limit(min(limit, MAX_BATCH))
            return list((await session.scalars(query)).all())

    async def leaves(self, first: int, limit: int = MAX_BATCH) -> builtins.list[Leaf]:
        """Return entries with their facts from position `first` on."""
        query = (
            select(AuditLeaf, AuditEvent)
            .outerjoin(AuditEvent, AuditEvent.id == AuditLeaf.event)
            .where(AuditLeaf.position >= first)
            .order_by(AuditLeaf.position)
            .limit(min(limit, MAX_BATCH))
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [_leaf(leaf, event) for leaf, event in rows]

    async def about(self, recording: str) -> builtins.list[Leaf]:
        """Return the entries whose fact names a recording, oldest first."""
        query = (
            select(AuditLeaf, AuditEvent)
            .join(AuditEvent, AuditEvent.id == AuditLeaf.event)
            .where(AuditEvent.details["recording"].as_string() == recording)
            .order_by(AuditLeaf.position)
            .limit(MAX_BATCH)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return [_leaf(leaf, event) for leaf, event in rows]

    async def strays(self) -> builtins.list[int]:
        """Return ids of facts that no entry commits to: whoever stored them went past the log."""
        query = select(AuditEvent.id).outerjoin(AuditLeaf, AuditLeaf.event == AuditEvent.id)
        query = query.where(AuditLeaf.position.is_(None)).order_by(AuditEvent.id).limit(MAX_BATCH)
        async with self._database.reading() as session:
            return list((await session.scalars(query)).all())

    async def checkpoints(self) -> builtins.list[StoredCheckpoint]:
        """Return all checkpoints, the smallest first."""
        query = select(AuditCheckpoint).order_by(AuditCheckpoint.size)
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [StoredCheckpoint(size=row.size, note=_octets(row.note), at=row.at) for row in rows]

    async def newest(self) -> StoredCheckpoint | None:
        """Return the checkpoint over the most entries."""
        query = select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else StoredCheckpoint(size=row.size, note=_octets(row.note), at=row.at)

    async def keep_note(self, size: int, note: bytes, at: datetime) -> None:
        """Store a signed note over `size` entries; again the same size changes nothing."""
        row = {"size": size, "note": note, "at": at}
        statement = insert(_CHECKPOINTS).prefix_with("OR IGNORE")
        await self._database.write(lambda connection: connection.execute(statement, [row]))

    async def alarm(self, kind: str, reason: str, at: datetime) -> None:
        """Put on the record that something is wrong with the log itself."""
        fact = AuditFact(kind=kind, details={"reason": reason})
        await self._database.write(lambda connection: insert_facts(connection, [(fact, at)]))

    async def erase(self, positions: Sequence[int], reason: str, at: datetime) -> None:
        """Take away for ever what entries commit to; the entries stay, and the log says which and why."""
        if len(positions) > MAX_BATCH:
            raise MisuseError(f"at most {MAX_BATCH} entries are erased at once")
        await self._database.write(lambda connection: _erase(connection, positions, (reason, at)))


def _erase(connection: Connection, positions: Sequence[int], why: tuple[str, datetime]) -> None:
    reason, at = why
    chosen = _LEAVES.c.position.in_(positions)
    events = connection.execute(select(_LEAVES.c.event).where(chosen)).scalars().all()
    connection.execute(update(_LEAVES).where(chosen).values(salt=None))
    connection.execute(delete(_EVENTS).where(_EVENTS.c.id.in_(events)))
    facts = [
        (AuditFact(kind=ERASED, details={"position": position, "reason": reason}), at)
        for position in positions
    ]
    insert_facts(connection, facts)


def _row(event: int, fact: AuditFact, at: datetime) -> dict[str, object]:
    return {
        "id": event,
        "at": at,
        "kind": fact.kind,
        "call": fact.call,
        "tenant": fact.tenant,
        "details": fact.details,
    }


def _octets(stored: object) -> bytes:
    """SQLite keeps what it is given: text in a column of octets is damage, and verifies as nothing."""
    return stored if isinstance(stored, bytes) else b""


def _leaf(leaf: AuditLeaf, event: AuditEvent | None) -> Leaf:
    return Leaf(
        position=leaf.position,
        entry=_octets(leaf.entry),
        event=leaf.event,
        salt=None if leaf.salt is None else _octets(leaf.salt),
        fact=None if event is None else (fact_of(event), event.at),
    )
