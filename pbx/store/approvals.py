"""Wishes to hear a recording that a second person decides on; each step is told to the audit log with it."""

import builtins
from collections.abc import Collection
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from pbx.lifecycle.approval import GLASS_SEEN, GRANT, PENDING, AccessRequest, Decision, seen_fact
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.link_tables import AccessRequestRow
from pbx.store.tables import AuditEvent, Base

MAX_LISTED = 1_000
MAX_PENDING = 20  # wishes of one user that nobody has decided on: who has to read them is a person
_ROWS = Base.metadata.tables[AccessRequestRow.__tablename__]
_NAMES = tuple(field.name for field in fields(AccessRequest))
_KINDS = {"approved": "access.approved", "denied": "access.denied"}


class ApprovalStore:
    """A wish is decided on once; what was decided is never changed and never deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, request: AccessRequest) -> AccessRequest | None:
        """Store a wish, or return the same one that is open already; None when he has too many of them."""

        def insert_row(connection: Connection) -> AccessRequest | None:
            mine = (_ROWS.c.uid == request.uid) & (_ROWS.c.decision == "")
            mine &= _ROWS.c.asked_at > request.asked_at - PENDING
            same = (_ROWS.c.recording == request.recording) & (_ROWS.c.purpose == request.purpose)
            query = select(_ROWS.c.request, _ROWS.c.asked_at).where(mine, same)
            if (found := connection.execute(query).first()) is not None:
                return replace(request, request=found.request, asked_at=found.asked_at)
            if (
                connection.execute(select(func.count()).select_from(_ROWS).where(mine)).scalar_one()
                >= MAX_PENDING
            ):
                return None
            _insert(connection, request, "access.requested")
            return request

        return await self._database.write(insert_row)

    async def break_glass(self, request: AccessRequest) -> None:
        """Store a wish that its own asker grants himself, for everybody to see."""
        await self._database.write(lambda connection: _insert(connection, request, "access.glass_broken"))

    async def see_glass(self, request: AccessRequest, who: tuple[str, int], at: datetime) -> bool:
        """Put on the record who has looked into a broken glass; False when somebody has."""
        fact = seen_fact(request, who)

        def insert_fact(connection: Connection) -> bool:
            if connection.execute(_seen(request.request)).first() is not None:
                return False
            insert_facts(connection, [(fact, at)])
            return True

        return await self._database.write(insert_fact)

    async def unseen_glass(self, since: datetime) -> builtins.list[AccessRequest]:
        """Return what the glass was broken for since a time and nobody else has looked into, oldest first."""
        query = select(AccessRequestRow).where(
            AccessRequestRow.decision == "broken_glass",
            AccessRequestRow.decided_at > since,
            ~_seen(AccessRequestRow.request).exists(),
        )
        query = query.order_by(AccessRequestRow.decided_at).limit(MAX_LISTED)
        async with self._database.reading() as session:
            return [_request(row) for row in (await session.scalars(query)).all()]

    async def decide(
        self, request: AccessRequest, decision: Decision, who: tuple[str, int], at: datetime
    ) -> bool:
        """Decide on a wish; False when somebody has, or `who` (name and uid) is who asked."""
        told = replace(request, decision=decision, decided_by=who[0], decided_uid=who[1], decided_at=at)
        statement = update(_ROWS).where(
            _ROWS.c.request == request.request, _ROWS.c.decision == "", _ROWS.c.uid != who[1]
        )
        statement = statement.values(decision=decision, decided_by=who[0], decided_uid=who[1], decided_at=at)

        def update_row(connection: Connection) -> bool:
            if not connection.execute(statement).rowcount:
                return False
            insert_facts(connection, [(told.fact(_KINDS[decision]), at)])
            return True

        return await self._database.write(update_row)

    async def grant(self, uid: int, recording: str, purpose: str, now: datetime) -> AccessRequest | None:
        """Return the wish that was granted, and holds."""
        query = select(AccessRequestRow).where(
            AccessRequestRow.uid == uid,
            AccessRequestRow.recording == recording,
            AccessRequestRow.purpose == purpose,
            AccessRequestRow.decision.in_(("approved", "broken_glass")),
            AccessRequestRow.decided_at > now - GRANT,
        )
        query = query.order_by(AccessRequestRow.decided_at.desc()).limit(1)
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else _request(row)

    async def get(self, request: str) -> AccessRequest | None:
        """Return a wish by its name."""
        async with self._database.reading() as session:
            row = await session.get(AccessRequestRow, request)
        return None if row is None else _request(row)

    async def list(
        self, tenants: Collection[str], uid: int | None, limit: int
    ) -> builtins.list[AccessRequest]:
        """Return wishes of tenants, newest first; `uid` = one user's only."""
        query = select(AccessRequestRow).where(AccessRequestRow.tenant.in_(sorted(tenants)))
        if uid is not None:
            query = query.where(AccessRequestRow.uid == uid)
        query = query.order_by(AccessRequestRow.asked_at.desc(), AccessRequestRow.request)
        async with self._database.reading() as session:
            return [
                _request(row) for row in (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
            ]


def _seen(request: str | InstrumentedAttribute[str]) -> Select[int]:
    told = AuditEvent.details["request"].as_string() == request
    return select(AuditEvent.id).where(AuditEvent.kind == GLASS_SEEN, told)


def _insert(connection: Connection, request: AccessRequest, kind: str) -> None:
    row = {name: getattr(request, name) for name in _NAMES}
    connection.execute(insert(_ROWS), [row])
    insert_facts(connection, [(request.fact(kind), request.asked_at)])


def _request(row: AccessRequestRow) -> AccessRequest:
    return AccessRequest(**{name: getattr(row, name) for name in _NAMES})
