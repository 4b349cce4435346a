"""Rules of recording that two people lower; each step is told to the audit log with it."""

import builtins
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from pbx.consent.stance import Lowered
from pbx.lifecycle.approval import PENDING
from pbx.lifecycle.override import SEEN_FOR, Decision, Override
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.override_tables import OverrideRow
from pbx.store.tables import Base

MAX_LISTED = 1_000
MAX_PENDING = 20  # wishes of one user that nobody has decided on
MAX_IN_FORCE = 1_000  # of all tenants: each is looked for in every place of a call
_ROWS = Base.metadata.tables[OverrideRow.__tablename__]
_HOLDS = (_ROWS.c.decision == "approved", _ROWS.c.ended_at.is_(None))
_NAMES = tuple(field.name for field in fields(Override))
ASKED, APPROVED, DENIED, ENDED = (
    f"consent.override_{step}" for step in ("asked", "approved", "denied", "ended")
)


class OverrideStore:
    """A wish is decided on once, by somebody else; what was approved ends once, with its time or before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, wish: Override) -> bool:
        """Store a wish; False when he has too many of them."""
        mine = (_ROWS.c.uid == wish.uid) & (_ROWS.c.decision == "")
        mine &= _ROWS.c.asked_at > wish.asked_at - PENDING

        def insert_row(connection: Connection) -> bool:
            count = select(func.count()).select_from(_ROWS).where(mine)
            if connection.execute(count).scalar_one() >= MAX_PENDING:
                return False
            connection.execute(insert(_ROWS), [{name: getattr(wish, name) for name in _NAMES}])
            insert_facts(connection, [(wish.fact(ASKED), wish.asked_at)])
            return True

        return await self._database.write(insert_row)

    async def decide(self, wish: Override, decision: Decision, who: tuple[str, int], at: datetime) -> bool:
        """Decide on a wish; False when somebody has, or `who` (name and uid) is who asked."""
        values = {"decision": decision, "decided_by": who[0], "decided_uid": who[1], "decided_at": at}
        undecided = (_ROWS.c.override == wish.override) & (_ROWS.c.decision == "") & (_ROWS.c.uid != who[1])
        told = replace(wish, decision=decision, decided_by=who[0], decided_uid=who[1], decided_at=at)

        def update_row(connection: Connection) -> bool:
            if not connection.execute(update(_ROWS).where(undecided).values(values)).rowcount:
                return False
            insert_facts(connection, [(told.fact(APPROVED if decision == "approved" else DENIED), at)])
            return True

        return await self._database.write(update_row)

    async def end(self, which: str, at: datetime) -> bool:
        """End one that holds before its time; False when it does not hold."""
        return bool(await self._end((_ROWS.c.override == which) & (_ROWS.c.expires_at > at), at))

    async def end_expired(self, now: datetime) -> builtins.list[Override]:
        """End all whose time is over, and say so once; return them. Without one nothing is written."""
        over = _ROWS.c.expires_at <= now
        async with self._database.reading() as session:
            found = await session.execute(select(_ROWS.c.override).where(over, *_HOLDS).limit(1))
        return [] if found.first() is None else await self._end(over, now)

    async def _end(self, which: ColumnElement[bool], at: datetime) -> builtins.list[Override]:
        holds = and_(which, *_HOLDS)

        def update_rows(connection: Connection) -> builtins.list[Override]:
            found = [Override(**row._mapping) for row in connection.execute(select(_ROWS).where(holds)).all()]
            if found:
                connection.execute(update(_ROWS).where(holds).values(ended_at=at))
                insert_facts(connection, [(one.fact(ENDED), at) for one in found])
            return found

        return await self._database.write(update_rows)

    async def lowered(self, now: datetime) -> Mapping[str, tuple[Lowered, ...]]:
        """Return what is lowered at this moment, by tenant; of two for one region the newer."""
        query = select(OverrideRow).where(
            OverrideRow.decision == "approved", OverrideRow.ended_at.is_(None), OverrideRow.expires_at > now
        )
        query = query.order_by(OverrideRow.decided_at, OverrideRow.override).limit(MAX_IN_FORCE)
        found: dict[str, dict[str, Lowered]] = {}
        async with self._database.reading() as session:
            for row in (await session.scalars(query)).all():
                one = _override(row)
                lowered = Lowered(region=one.region, mode=one.mode, override=one.override)
                found.setdefault(one.tenant, {})[one.region] = lowered
        return {tenant: tuple(rows.values()) for tenant, rows in found.items()}

    async def run_out(self, now: datetime) -> builtins.list[Override]:
        """Return what has run out lately and has no successor, the oldest first."""
        query = select(OverrideRow).where(
            OverrideRow.decision == "approved",
            OverrideRow.expires_at <= now,
            OverrideRow.expires_at > now - SEEN_FOR,
            OverrideRow.ended_at.is_(None) | (OverrideRow.ended_at >= OverrideRow.expires_at),
        )
        query = query.order_by(OverrideRow.expires_at, OverrideRow.override).limit(MAX_LISTED)
        async with self._database.reading() as session:
            found = [_override(row) for row in (await session.scalars(query)).all()]
        held = await self.lowered(now)
        holding = {(tenant, one.region) for tenant, rows in held.items() for one in rows}
        return [one for one in found if (one.tenant, one.region) not in holding]

    async def get(self, override: str) -> Override | None:
        """Return one by its name."""
        async with self._database.reading() as session:
            row = await session.get(OverrideRow, override)
        return None if row is None else _override(row)

    async def list(self, tenants: Collection[str], limit: int) -> builtins.list[Override]:
        """Return those of tenants, newest first."""
        query = select(OverrideRow).where(OverrideRow.tenant.in_(sorted(tenants)))
        query = query.order_by(OverrideRow.asked_at.desc(), OverrideRow.override)
        async with self._database.reading() as session:
            rows = await session.scalars(query.limit(max(0, min(limit, MAX_LISTED))))
            return [_override(row) for row in rows.all()]


def _override(row: OverrideRow) -> Override:
    return Override(**{name: getattr(row, name) for name in _NAMES})
