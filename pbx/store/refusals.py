"""Refusals: numbers that do not want to be recorded, as keyed tags; whose they are nobody can read here."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from pbx.call.effects import KeepRefusal
from pbx.core.audit import AuditFact
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.fields import phone_tag
from pbx.store.keys import StoreKeys
from pbx.store.tables import Base, Refusal

MAX_KEPT = 1_000_000  # numbers; 16 octets each, which a signalling process holds in some 100 MB
MAX_LISTED = 10_000
_ROWS = Base.metadata.tables[Refusal.__tablename__]
_NAMES = ("phone_tag", "tenant", "call", "consent", "since_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One number: `tag` in hexadecimal, and the consent record of its withdrawal."""

    tag: str
    tenant: str
    call: str
    consent: str
    since_at: datetime


class RefusalStore:
    """Keeps, forgets and lists."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys

    def tag(self, tenant: str, number: str) -> bytes:
        """The tag of an E.164 number within one tenant."""
        return phone_tag(self._keys.phone, tenant, number)

    def save_all(self, connection: Connection, changes: Sequence[tuple[KeepRefusal, datetime]]) -> None:
        """Take changes, the oldest first, as a part of the caller's transaction."""
        for change, at in changes:
            tag = self.tag(change.tenant, change.number)
            connection.execute(delete(_ROWS).where(_ROWS.c.phone_tag == tag))
            if change.refuses:
                row = Refusal(
                    phone_tag=tag,
                    tenant=change.tenant,
                    call=change.call,
                    consent=change.consent,
                    since_at=at,
                )
                connection.execute(insert(_ROWS), {name: getattr(row, name) for name in _NAMES})

    async def version(self) -> tuple[int, datetime | None]:
        """What is another one after each change."""
        async with self._database.reading() as session:
            row = (await session.execute(select(func.count(), func.max(_ROWS.c.since_at)))).one()
        return int(row[0]), row[1]

    async def tags(self) -> frozenset[bytes]:
        """Return every tag."""
        query = select(_ROWS.c.phone_tag).order_by(_ROWS.c.since_at.desc()).limit(MAX_KEPT)
        async with self._database.reading() as session:
            return frozenset((await session.scalars(query)).all())

    async def list(self, limit: int = 100) -> builtins.list[Refused]:
        """Return the newest, newest first."""
        query = select(Refusal).order_by(Refusal.since_at.desc(), Refusal.phone_tag)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()
        return [
            Refused(
                tag=row.phone_tag.hex(),
                tenant=row.tenant,
                call=row.call,
                consent=row.consent,
                since_at=row.since_at,
            )
            for row in rows
        ]

    async def forget(self, tag: bytes, actor: str, reason: str, at: datetime) -> bool:
        """Let a number be asked again, on the record; False = it was not kept."""

        def remove(connection: Connection) -> bool:
            found = connection.execute(select(_ROWS).where(_ROWS.c.phone_tag == tag)).one_or_none()
            if found is None:
                return False
            connection.execute(delete(_ROWS).where(_ROWS.c.phone_tag == tag))
            said: dict[str, str | int | bool | None] = {"tag": tag.hex(), "consent": found.consent}
            said |= {"actor": actor, "reason": reason}
            fact = AuditFact(kind="consent.refusal_forgotten", tenant=found.tenant, details=said)
            insert_facts(connection, [(fact, at)])
            return True

        return await self._database.write(remove)
