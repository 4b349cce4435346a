"""Playback links and the browsers that opened them; each step is told to the audit log with it."""

import builtins
from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from hmac import compare_digest

from sqlalchemy import Connection, func, insert, select, update

from pbx.lifecycle.link import MAX_OPEN, Link, Session
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.link_tables import LinkRow, LinkSessionRow
from pbx.store.restrictions import forbids
from pbx.store.tables import Base

MAX_LISTED = 1_000
_LINKS = Base.metadata.tables[LinkRow.__tablename__]
_SESSIONS = Base.metadata.tables[LinkSessionRow.__tablename__]
_NAMES = tuple(field.name for field in fields(Link))


class LinkStore:
    """Finds links by the hash of what opens them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, link: Link) -> str:
        """Store a link; return what forbids it, empty = it is there."""
        row = {name: getattr(link, name) for name in _NAMES}

        def insert_row(connection: Connection) -> str:
            if by := forbids(connection, link.recording):
                return f"{by} forbids it"
            mine = (_LINKS.c.uid == link.uid) & (_LINKS.c.expires_at > link.made_at)
            query = select(func.count()).select_from(_LINKS).where(mine, _LINKS.c.revoked_at.is_(None))
            if connection.execute(query).scalar_one() >= MAX_OPEN:
                return f"you have {MAX_OPEN} links that have not run out: revoke some"
            connection.execute(insert(_LINKS), [row])
            insert_facts(connection, [(link.fact("recording.link_made"), link.made_at)])
            return ""

        return await self._database.write(insert_row)

    async def with_token(self, token_sha256: str) -> tuple[Link, int] | None:
        """Return the link that a token opens, and how many browsers have opened it."""
        async with self._database.reading() as session:
            row = await session.scalar(select(LinkRow).where(LinkRow.token_sha256 == token_sha256))
            if row is None or not compare_digest(row.token_sha256, token_sha256):
                return None
            n = select(func.count()).select_from(LinkSessionRow).where(LinkSessionRow.link == row.link)
            return _link(row), await session.scalar(n) or 0

    async def open(self, link: Link, session: Session) -> bool:
        """Let one more browser in; False when the link does not open any more."""
        row = {name: getattr(session, name) for name in ("session_sha256", "link", "opened_at", "ends_at")}

        def insert_row(connection: Connection) -> bool:
            count = select(func.count()).select_from(_SESSIONS).where(_SESSIONS.c.link == link.link)
            n_opened = connection.execute(count).scalar_one()
            now = select(_LINKS.c.revoked_at).where(_LINKS.c.link == link.link)
            is_revoked = connection.execute(now).scalar_one() is not None
            if is_revoked or not link.can_open(n_opened, session.opened_at):
                return False
            connection.execute(insert(_SESSIONS), [row])
            insert_facts(connection, [(link.fact("recording.link_opened"), session.opened_at)])
            return True

        return await self._database.write(insert_row)

    async def visited(self, link: str, session_sha256: str, now: datetime) -> Link | None:
        """Return the link that a browser has opened, as long as it may listen."""
        query = select(LinkRow, LinkSessionRow.session_sha256, LinkSessionRow.ends_at)
        query = query.join(LinkSessionRow, LinkSessionRow.link == LinkRow.link)
        query = query.where(LinkSessionRow.session_sha256 == session_sha256)
        async with self._database.reading() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        row, kept, ends_at = found
        is_his = compare_digest(kept, session_sha256) and row.link == link
        return _link(row) if is_his and row.revoked_at is None and now < ends_at else None

    async def get(self, link: str) -> Link | None:
        """Return a link by its public name."""
        async with self._database.reading() as session:
            row = await session.get(LinkRow, link)
        return None if row is None else _link(row)

    async def opened(self, link: str) -> int:
        """Return how many browsers have opened a link."""
        n = select(func.count()).select_from(LinkSessionRow).where(LinkSessionRow.link == link)
        async with self._database.reading() as session:
            return await session.scalar(n) or 0

    async def list(
        self, tenants: Collection[str], uid: int | None, limit: int
    ) -> builtins.list[tuple[Link, int]]:
        """Return links of tenants, newest first, with how often each was opened; `uid` = one user's only."""
        n = select(func.count()).select_from(LinkSessionRow).where(LinkSessionRow.link == LinkRow.link)
        query = select(LinkRow, n.scalar_subquery()).where(LinkRow.tenant.in_(sorted(tenants)))
        if uid is not None:
            query = query.where(LinkRow.uid == uid)
        query = query.order_by(LinkRow.made_at.desc(), LinkRow.link).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            return [(_link(row), opened) for row, opened in (await session.execute(query)).all()]

    async def revoke(self, link: Link, by: str, at: datetime) -> bool:
        """Close a link, for those too who have opened it; False when that is done already."""
        statement = update(_LINKS).where(_LINKS.c.link == link.link, _LINKS.c.revoked_at.is_(None))
        statement = statement.values(revoked_at=at, revoked_by=by)

        def update_row(connection: Connection) -> bool:
            if not connection.execute(statement).rowcount:
                return False
            insert_facts(connection, [(link.fact("recording.link_revoked", by), at)])
            return True

        return await self._database.write(update_row)


def _link(row: LinkRow) -> Link:
    return Link(**{name: getattr(row, name) for name in _NAMES})
