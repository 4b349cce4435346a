"""The register of complaints: none is ever deleted, each step is a fact in the same transaction."""

import builtins
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import Connection, Update, insert, select, update

from pbx.core.audit import AuditFact
from pbx.core.ids import Ids
from pbx.lifecycle.complaint import Complaint
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, Place
from pbx.store.keys import StoreKeys
from pbx.store.policy_tables import ComplaintRow
from pbx.store.tables import Base

MAX_LISTED = 10_000
_ROWS = Base.metadata.tables[ComplaintRow.__tablename__]
_SEALED = ("about", "contact", "outcome")
_PLAIN = tuple(field.name for field in fields(Complaint) if field.name not in _SEALED)


class ComplaintStore:
    """What a complaint says, and who complains, is sealed; the log has neither."""

    def __init__(self, database: Database, keys: StoreKeys, ids: Ids | None = None) -> None:
        self._database, self._cipher = database, FieldCipher(keys.fields, ids)

    async def open(self, complaint: Complaint) -> None:
        """Store a new one."""
        row: dict[str, object] = {name: getattr(complaint, name) for name in _PLAIN}
        row |= {name: self._seal(complaint, name) for name in ("about", "contact")}

        def insert_row(connection: Connection) -> None:
            connection.execute(insert(_ROWS), [row])
            insert_facts(connection, [(complaint.fact("opened", complaint.actor), complaint.at)])

        await self._database.write(insert_row)

    async def acknowledge(self, complaint: Complaint, actor: str, at: datetime) -> bool:
        """Note that its receipt was acknowledged; False when it was already, or it is closed."""
        waits = _open(complaint).where(_ROWS.c.acknowledged_at.is_(None))
        step = waits.values(acknowledged_at=at, acknowledged_by=actor)
        return await self._take(step, complaint.fact("acknowledged", actor), at)

    async def close(self, complaint: Complaint, actor: str, outcome: str, at: datetime) -> bool:
        """Note what came of it; False when that is known already, or nobody has acknowledged it."""
        sealed = self._seal(replace(complaint, outcome=outcome), "outcome")
        waits = _open(complaint).where(_ROWS.c.acknowledged_at.is_not(None))
        step = waits.values(closed_at=at, closed_by=actor, outcome=sealed)
        return await self._take(step, complaint.fact("closed", actor), at)

    async def get(self, complaint: str) -> Complaint | None:
        """Return one."""
        async with self._database.reading() as session:
            row = await session.get(ComplaintRow, complaint)
        return self._complaint(row) if row is not None else None

    async def list(self, *, every: bool = False) -> builtins.list[Complaint]:
        """Return those that are open, or all; the one that was received first before the others."""
        query = select(ComplaintRow).order_by(ComplaintRow.received_at, ComplaintRow.complaint)
        if not every:
            query = query.where(ComplaintRow.closed_at.is_(None))
        async with self._database.reading() as session:
            return [self._complaint(row) for row in (await session.scalars(query.limit(MAX_LISTED))).all()]

    async def _take(self, step: Update, fact: AuditFact, at: datetime) -> bool:
        def update_row(connection: Connection) -> bool:
            if not connection.execute(step).rowcount:
                return False
            insert_facts(connection, [(fact, at)])
            return True

        return await self._database.write(update_row)

    def _seal(self, complaint: Complaint, column: str) -> bytes:
        return self._cipher.seal(getattr(complaint, column), _place(complaint, column))

    def _complaint(self, row: ComplaintRow) -> Complaint:
        found = Complaint(**{name: getattr(row, name) for name in _PLAIN}, about="")
        about, contact, outcome = (self._text(found, name, getattr(row, name)) for name in _SEALED)
        return replace(found, about=about, contact=contact, outcome=outcome)

    def _text(self, complaint: Complaint, column: str, sealed: bytes | None) -> str:
        return self._cipher.open(sealed, _place(complaint, column)) if sealed is not None else ""


async def unanswered(database: Database) -> builtins.list[tuple[str, datetime]]:
    """Return id and receipt of open complaints that nobody has acknowledged, the oldest first."""
    query = select(_ROWS.c.complaint, _ROWS.c.received_at).where(
        _ROWS.c.closed_at.is_(None), _ROWS.c.acknowledged_at.is_(None)
    )
    async with database.reading() as session:
        rows = await session.execute(query.order_by(_ROWS.c.received_at).limit(MAX_LISTED))
        return [(row.complaint, row.received_at) for row in rows.all()]


def _open(complaint: Complaint) -> Update:
    return update(_ROWS).where(_ROWS.c.complaint == complaint.complaint, _ROWS.c.closed_at.is_(None))


def _place(complaint: Complaint, column: str) -> Place:
    return Place(tenant=complaint.tenant, table="complaints", column=column, row=complaint.complaint)
