"""The outbox of the webhook: what its receiver has not taken yet."""

import builtins
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from pbx.core.audit import AuditFact
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.webhook_rows import ROWS

MAX_WAITING = 10_000  # reports: some 5 MB, and what 200 calls of three minutes make in two hours
MAX_DELAY = timedelta(hours=1)  # longer than any back-off: whoever waits longer waits for a clock set back
DROPPED = "webhook.dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One report that is due; `tries` have failed so far."""

    id: int
    report: str
    body: bytes
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many reports wait, and since when the oldest does; None when there is none."""

    number: int
    oldest_at: datetime | None


class WebhookOutbox:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: datetime, limit: int) -> builtins.list[Waiting]:
        """Return what may be tried now: what has failed least, then the oldest first."""
        may_be = or_(ROWS.c.due_at.is_(None), ROWS.c.due_at <= now, ROWS.c.due_at > now + MAX_DELAY)
        query = select(ROWS.c.id, ROWS.c.report, ROWS.c.body, ROWS.c.tries).where(may_be)
        async with self._database.reading() as session:
            rows = (await session.execute(query.order_by(ROWS.c.tries, ROWS.c.id).limit(limit))).all()
        return [Waiting(id=row.id, report=row.report, body=row.body, tries=row.tries) for row in rows]

    async def delivered(self, waiting: Waiting) -> None:
        """Its receiver has taken it."""
        await self._database.write(lambda one: one.execute(delete(ROWS).where(ROWS.c.id == waiting.id)))

    async def failed(self, waiting: Waiting, due_at: datetime) -> None:
        """Its receiver has not taken it; it is tried again at `due_at`."""
        statement = update(ROWS).where(ROWS.c.id == waiting.id)
        statement = statement.values(tries=waiting.tries + 1, due_at=due_at)
        await self._database.write(lambda one: one.execute(statement))

    async def hurry(self) -> None:
        """The receiver is back: what has failed need not wait any longer."""
        statement = update(ROWS).where(ROWS.c.due_at.is_not(None)).values(due_at=None)
        await self._database.write(lambda one: one.execute(statement))

    async def backlog(self) -> Backlog:
        """Return how much waits."""
        async with self._database.reading() as session:
            row = (await session.execute(select(func.count(ROWS.c.id), func.min(ROWS.c.at)))).one()
        return Backlog(number=row[0], oldest_at=row[1])

    async def trim(self, older_than: datetime, now: datetime, most: int = MAX_WAITING) -> int:
        """Drop what is older, and the oldest of more than `most`; the audit log says how many, if any."""
        return await self._database.write(lambda one: _trim(one, older_than, now, most))

    async def leave_out(self, beginning: bytes) -> None:
        """Forget reports that begin so: the receiver is not to hear of them."""
        begins = func.substr(ROWS.c.body, 1, len(beginning)) == beginning
        async with self._database.reading() as session:
            found = await session.scalar(select(ROWS.c.id).where(begins).limit(1))
        if found is not None:
            await self._database.write(lambda one: one.execute(delete(ROWS).where(begins)))

    async def clear(self) -> None:
        """Forget everything: nobody wants to hear of it."""
        if (await self.backlog()).number:
            await self._database.write(lambda one: one.execute(delete(ROWS)))


def _trim(connection: Connection, older_than: datetime, now: datetime, most: int) -> int:
    n_dropped = connection.execute(delete(ROWS).where(ROWS.c.at < older_than)).rowcount
    newest = select(ROWS.c.id).order_by(ROWS.c.id.desc()).limit(most)
    n_dropped += connection.execute(delete(ROWS).where(ROWS.c.id.not_in(newest))).rowcount
    if n_dropped:
        insert_facts(connection, [(AuditFact(kind=DROPPED, details={"number": n_dropped}), now)])
    return n_dropped
