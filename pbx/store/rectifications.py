"""Corrections: a number that is not a customer's is taken from him, also in what was said of past calls."""

import builtins
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Ids, hex_id
from pbx.core.io.entropy import SystemIds
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, phone_tag
from pbx.store.grant_tables import GrantRow
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Customer, Rectification
from pbx.store.snapshots import UNBOUND, customer_place
from pbx.store.tables import Base, Call

MAX_LISTED = 10_000
_CUSTOMERS, _CALLS, _ROWS, _GRANTS = (
    Base.metadata.tables[table.__tablename__] for table in (Customer, Call, Rectification, GrantRow)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`number` is E.164, and was never, or is no more, that of `customer`."""

    tenant: str
    customer: str
    number: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectified:
    """`was_bound` = callers were compared with him by it; `calls` in which he was taken for the caller."""

    rectification: str
    customer: str
    was_bound: bool
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One line of the register of corrections; the number itself is not in it."""

    rectification: str
    tenant: str
    customer: str
    reason: str
    actor: str
    at: datetime


class RectificationStore:
    """Takes numbers away, and remembers it, so that no source brings them back."""

    def __init__(self, database: Database, keys: StoreKeys, ids: Ids | None = None) -> None:
        self._database, self._keys, self._ids = database, keys, ids or SystemIds()
        self._cipher = FieldCipher(keys.fields, self._ids)

    async def rectify(self, wish: Wish, now: datetime) -> Rectified | None:
        """Unbind the number from now on and in past calls; None = there is no such customer.

        One transaction with its facts: what a past call said of the caller stays in the audit log alone.
        """
        return await self._database.write(lambda connection: self._rectify(connection, wish, now))

    async def list(self, tenant: str) -> builtins.list[Correction]:
        """Return the corrections of a tenant, newest first."""
        query = select(Rectification).where(Rectification.tenant == tenant)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(Rectification.at.desc()).limit(MAX_LISTED))).all()
        return [
            Correction(
                rectification=row.rectification,
                tenant=row.tenant,
                customer=row.customer,
                reason=row.reason,
                actor=row.actor,
                at=row.at,
            )
            for row in rows
        ]

    def _rectify(self, connection: Connection, wish: Wish, now: datetime) -> Rectified | None:
        own = (_CUSTOMERS.c.tenant == wish.tenant) & (_CUSTOMERS.c.ref == wish.customer)
        number = phone_tag(self._keys.phone, wish.tenant, wish.number)
        bound_to = connection.execute(select(_CUSTOMERS.c.phone_tag).where(own)).scalar()
        if bound_to is None:
            return None
        was_bound, name = bound_to == number, hex_id(self._ids)
        if was_bound:
            empty = self._cipher.seal("", customer_place(wish.tenant, wish.customer, "phone"))
            connection.execute(update(_CUSTOMERS).where(own).values(phone_tag=UNBOUND, phone=empty))
        row = {"rectification": name, "phone_tag": number, "at": now}
        row |= {word: getattr(wish, word) for word in ("tenant", "customer", "reason", "actor")}
        connection.execute(insert(_ROWS), [row])
        calls = self._past(connection, wish, number)
        said: dict[str, str | int | bool | None] = {"customer": wish.customer, "actor": wish.actor}
        whole = AuditFact(
            kind="privacy.rectified",
            tenant=wish.tenant,
            details={**said, "reason": wish.reason, "was_bound": was_bound, "calls": len(calls)},
        )
        facts = [
            AuditFact(
                kind="verification.rectified",
                call=CallId(call),
                tenant=wish.tenant,
                details={**said, "was": was, "rectification": name},
            )
            for call, was in calls
        ]
        insert_facts(connection, [(fact, now) for fact in (whole, *facts)])
        return Rectified(
            rectification=name,
            customer=wish.customer,
            was_bound=was_bound,
            calls=tuple(call for call, _ in calls),
        )

    def _past(self, connection: Connection, wish: Wish, number: bytes) -> builtins.list[tuple[str, str]]:
        """Take him out of the calls that came from that number; return them with what they said."""
        his = (
            (_CALLS.c.tenant == wish.tenant)
            & (_CALLS.c.customer == wish.customer)
            & (_CALLS.c.caller_tag == number)
        )
        # A grant of such a call names nobody any more; without the name its signature does not hold.
        granted = (_GRANTS.c.customer == wish.customer) & _GRANTS.c.call.in_(select(_CALLS.c.call).where(his))
        connection.execute(update(_GRANTS).where(granted).values(customer=""))
        query = select(_CALLS.c.call, _CALLS.c.verification).where(his).order_by(_CALLS.c.offered_at)
        rows = [(str(call), str(was)) for call, was in connection.execute(query).all()]
        connection.execute(update(_CALLS).where(his).values(customer="", verification="V0"))
        return rows
