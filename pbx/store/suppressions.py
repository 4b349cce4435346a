"""Suppressions: numbers that want no marketing calls, and who was called, as keyed tags.

A number cannot be read from a tag, and a tag is another one for each controller: tenants of one controller
find each other's, and nobody else's.
"""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.core.audit import AuditFact
from pbx.core.wall import EPOCH
from pbx.marketing.effects import KeepContact, KeepStop
from pbx.marketing.register import KEPT, Agreement, Changes, Contact, Screening, Standing
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.fields import tag
from pbx.store.keys import StoreKeys
from pbx.store.marketing_tables import AgreementRow, ContactRow, ScreeningRow, SuppressionRow
from pbx.store.tables import Base

MAX_LISTED = 10_000
PAGE = 1_000  # rows of each table that are read at once: signalling waits for some ms at most
_STOPS, _SCREENINGS, _AGREEMENTS, _CONTACTS = _FOLLOWED = tuple(
    Base.metadata.tables[one.__tablename__]
    for one in (SuppressionRow, ScreeningRow, AgreementRow, ContactRow)
)
_NEWEST = select(*(select(func.max(one.c.id)).scalar_subquery() for one in _FOLLOWED))
Cursor = tuple[int, int, int, int]  # the last id that is known of each table
BEGINNING: Cursor = (0, 0, 0, 0)
# A row of nobody, kept like the others: under another key it is another tag, and so would be all the others.
_WITNESS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """One number: `tag` in hexadecimal, how its wish is known, and from whom."""

    tag: str
    controller: str
    how: str
    call: str
    campaign: str
    actor: str
    since_at: datetime


class SuppressionStore:
    """Keeps, lists and tells what is new; nothing here takes a suppression away."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys

    def tag(self, controller: str, number: str) -> bytes:
        """The tag of an E.164 number for one controller."""
        return stop_tag(self._keys, controller, number)

    async def is_ours(self) -> bool:
        """Whether what is kept was kept under this key; with another one nobody would be found any more."""
        witness = self.tag(_WITNESS, _WITNESS)
        row = dict.fromkeys(("controller", "how", "call", "campaign", "actor"), _WITNESS)

        def look(connection: Connection) -> bool:
            known = connection.execute(select(_STOPS.c.tag).where(_STOPS.c.controller == _WITNESS)).scalar()
            if known is None:
                connection.execute(insert(_STOPS), {**row, "tag": witness, "since_at": EPOCH.at})
            return known in (None, witness)

        return await self._database.write(look)

    def save_all(
        self, connection: Connection, entries: Sequence[tuple[KeepStop | KeepContact, datetime]]
    ) -> None:
        """Store wishes and calls as a part of the caller's transaction; what is there already stays."""
        stops = [self._stop_row(one, at) for one, at in entries if isinstance(one, KeepStop)]
        if stops:
            connection.execute(sqlite.insert(_STOPS).on_conflict_do_nothing(), stops)
        contacts = [self._contact_row(one) for one, _ in entries if isinstance(one, KeepContact)]
        if contacts:
            oldest = max(one.at for one, _ in entries if isinstance(one, KeepContact)) - KEPT
            connection.execute(delete(_CONTACTS).where(_CONTACTS.c.at < oldest))
            connection.execute(sqlite.insert(_CONTACTS).on_conflict_do_nothing(), contacts)

    async def stop(self, wish: KeepStop, fact: AuditFact, at: datetime) -> bool:
        """Keep a wish that did not come in a call, on the record; False = it was known."""

        def keep(connection: Connection) -> bool:
            added = sqlite.insert(_STOPS).on_conflict_do_nothing()
            is_news = connection.execute(added, [self._stop_row(wish, at)]).rowcount > 0
            if is_news:
                insert_facts(connection, [(fact, at)])
            return is_news

        return await self._database.write(keep)

    async def contacted(self, contact: KeepContact, fact: AuditFact) -> None:
        """Keep what came of a call, on the record, where nobody pressed a key."""

        def keep(connection: Connection) -> None:
            self.save_all(connection, [(contact, contact.at)])
            insert_facts(connection, [(fact, contact.at)])

        await self._database.write(keep)

    async def changes(self, since: Cursor) -> tuple[Changes, Cursor]:
        """Return what is newer than `since`, a page of each table at most, and what is known then.

        Ids grow in the order in which transactions are committed, because SQLite has one writer at a time.
        """
        async with self._database.reading() as session:
            newest = await self._newest(session)
            if newest == since:
                return Changes(), since
            stops = await _newer(session, _STOPS, since[0])
            screenings = await _newer(session, _SCREENINGS, since[1])
            agreements = await _newer(session, _AGREEMENTS, since[2])
            contacts = await _newer(session, _CONTACTS, since[3])
        found = Changes(
            stops=tuple(row.tag for row in stops),
            screenings=tuple(map(_screening, screenings)),
            agreements=tuple(map(_agreement, agreements)),
            contacts=tuple(map(_contact, contacts)),
        )
        return found, (
            _end(stops, newest[0]),
            _end(screenings, newest[1]),
            _end(agreements, newest[2]),
            _end(contacts, newest[3]),
        )

    async def standing(self, of: bytes) -> Standing:
        """Return what is known of one number."""
        async with self._database.reading() as session:
            stops = await _of(session, _STOPS, of)
            screenings = await _of(session, _SCREENINGS, of)
            agreements = await _of(session, _AGREEMENTS, of)
            contacts = await _of(session, _CONTACTS, of)
        return Standing(
            is_stopped=bool(stops),
            screenings=tuple(map(_screening, screenings)),
            agreements=tuple(map(_agreement, agreements)),
            contacts=tuple(map(_contact, contacts)),
        )

    async def list(self, controller: str = "", limit: int = 100) -> builtins.list[Suppressed]:
        """Return the newest, newest first."""
        query = select(SuppressionRow).order_by(SuppressionRow.id.desc()).limit(min(limit, MAX_LISTED))
        is_wanted = (
            SuppressionRow.controller == controller if controller else SuppressionRow.controller != _WITNESS
        )
        query = query.where(is_wanted)
        names = ("controller", "how", "call", "campaign", "actor", "since_at")
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [Suppressed(tag=row.tag.hex(), **{name: getattr(row, name) for name in names}) for row in rows]

    async def _newest(self, session: AsyncSession) -> Cursor:
        """The newest id of each table, 0 = it is empty; one look in an index each."""
        row = (await session.execute(_NEWEST)).one()
        return (row[0] or 0, row[1] or 0, row[2] or 0, row[3] or 0)

    def _stop_row(self, wish: KeepStop, at: datetime) -> dict[str, object]:
        names = ("controller", "how", "call", "campaign", "actor")
        row: dict[str, object] = {name: getattr(wish, name) for name in names}
        return {**row, "tag": self.tag(wish.controller, wish.number), "since_at": at}

    def _contact_row(self, one: KeepContact) -> dict[str, object]:
        row: dict[str, object] = {
            name: getattr(one, name) for name in ("contact", "controller", "what", "at")
        }
        return {**row, "tag": self.tag(one.controller, one.number)}


def stop_tag(keys: StoreKeys, controller: str, number: str) -> bytes:
    """The tag of an E.164 number for one controller."""
    return tag(keys.phone, "stop:v1", controller, number)


async def _newer(session: AsyncSession, table: Table, last: int) -> Sequence[Row[Any]]:
    """Rows and no objects of classes: those take ten times as long, and calls wait for it."""
    query = select(table).where(table.c.id > last).order_by(table.c.id).limit(PAGE)
    return (await session.execute(query)).all()


def _end(page: Sequence[Row[Any]], newest: int) -> int:
    """To which id a table is known: a full page may not have been the last."""
    return int(page[-1].id) if len(page) == PAGE else newest


async def _of(session: AsyncSession, table: Table, of: bytes) -> Sequence[Row[Any]]:
    return (await session.execute(select(table).where(table.c.tag == of).order_by(table.c.id))).all()


def _screening(row: Row[Any]) -> Screening:
    return Screening(tag=row.tag, name=row.name, registered=row.registered, screened_at=row.screened_at)


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(tag=row.tag, given_at=row.given_at, expires_at=row.expires_at)


def _contact(row: Row[Any]) -> Contact:
    return Contact(contact=row.contact, tag=row.tag, what=row.what, at=row.at)
