"""Grants as they were signed, and how each ended."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from pbx.call.effects import EndGrant
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.grant_tables import GrantRow
from pbx.store.keys import StoreKeys
from pbx.store.tables import Base
from pbx.verify.effects import Level
from pbx.verify.grant import Grant, GrantKey, Why, token_of

MAX_LISTED = 1_000
REVOKED = "grant.revoked"
_ROWS = Base.metadata.tables[GrantRow.__tablename__]
_NAMES = tuple(field.name for field in fields(Grant))
_LISTS = ("dialog", "methods", "scopes", "risk")
# One that has ended is not ended again: the first reason is the one that counts.
_END = (
    update(_ROWS)
    .where(_ROWS.c.jti == bindparam("which"), _ROWS.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"), revoked_why=bindparam("why"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGrant:
    """A grant, its signature, and how it ended; `revoked_at` None = not before its time."""

    grant: Grant
    signature: bytes
    revoked_at: datetime | None
    revoked_why: str

    @property
    def token(self) -> str:
        """What whoever it is made out to may show."""
        return token_of(self.grant, self.signature)

    def is_alive(self, now: datetime) -> bool:
        """Whether nothing has ended it."""
        return self.revoked_at is None and now < self.grant.exp


class GrantStore:
    """The list of what was granted is the list of what was revoked."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._key = database, GrantKey(keys.grant)

    def save_all(self, connection: Connection, issued: Sequence[Grant], ended: Sequence[EndGrant]) -> None:
        """Sign and insert, then end, as a part of the caller's transaction."""
        for grant in issued:
            row = {name: getattr(grant, name) for name in _NAMES}
            row |= {name: list(row[name]) for name in _LISTS}
            connection.execute(insert(_ROWS), row | {"signature": self._key.sign(grant)})
        for one in ended:
            connection.execute(_END, {"which": one.jti, "at": one.at, "why": one.why})

    async def end_earlier(self, now: datetime) -> int:
        """End what an earlier run has left alive; return how many: its calls are gone, and their legs."""
        alive = (_ROWS.c.revoked_at.is_(None)) & (_ROWS.c.exp > now)
        why: Why = "restart"

        def update_rows(connection: Connection) -> int:
            found = connection.execute(select(_ROWS).where(alive)).all()
            if found:
                connection.execute(update(_ROWS).where(alive).values(revoked_at=now, revoked_why=why))
                insert_facts(connection, [(_fact(row, why), now) for row in found])
            return len(found)

        return await self._database.write(update_rows)

    async def get(self, jti: str) -> KeptGrant | None:
        """Return one."""
        async with self._database.reading() as session:
            row = await session.get(GrantRow, jti)
        return None if row is None else _kept(row)

    async def list(
        self, limit: int, *, alive_at: datetime | None = None, tenant: str = "", call: str = ""
    ) -> builtins.list[KeptGrant]:
        """Return the newest, newest first; with `alive_at` only those that live then."""
        query = select(GrantRow).order_by(GrantRow.iat.desc(), GrantRow.jti)
        if alive_at is not None:
            query = query.where(GrantRow.revoked_at.is_(None), GrantRow.exp > alive_at)
        if tenant:
            query = query.where(GrantRow.tenant == tenant)
        if call:
            query = query.where(GrantRow.call == call)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
        return [_kept(row) for row in rows]


def _fact(row: Row[Any], why: Why) -> AuditFact:
    about = {"grant": row.jti, "leg": row.leg, "level": row.level, "customer": row.customer, "why": why}
    details: dict[str, str | int | bool | None] = {**about}
    return AuditFact(kind=REVOKED, call=CallId(row.call), tenant=row.tenant, details=details)


def _kept(row: GrantRow) -> KeptGrant:
    call_id, ours, theirs = row.dialog
    grant = Grant(
        jti=row.jti,
        tenant=row.tenant,
        call=CallId(row.call),
        leg=LegId(row.leg),
        dialog=(call_id, ours, theirs),
        customer=row.customer,
        level=_level(row.level),
        methods=tuple(row.methods),
        scopes=tuple(row.scopes),
        risk=tuple(row.risk),
        iat=row.iat,
        exp=row.exp,
        audience=row.audience,
        policy=row.policy,
    )
    return KeptGrant(
        grant=grant, signature=row.signature, revoked_at=row.revoked_at, revoked_why=row.revoked_why
    )


def _level(word: str) -> Level:
    return next((level for level in get_args(Level) if level == word), "V0")
