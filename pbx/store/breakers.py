"""The breaker of each tenant: counts its tries, opens, closes by time, and is closed by people."""

import builtins
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Integer, cast, delete, func, insert, select, update
from sqlalchemy.dialects import sqlite

from pbx.core.audit import AuditFact
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.tables import Base
from pbx.store.throttle_tables import VerifyBreaker, VerifyRate, VerifyTry
from pbx.verify import breaker, facts
from pbx.verify.breaker import BEFORE, QUIET, WINDOW, Rate

KEPT = timedelta(days=8)  # of what is usual: BEFORE, and a slot that has just begun
MAX_LISTED = 1_000
NOBODY = ""  # whose tries do not count: they cost the database the same
_TRIES = Base.metadata.tables[VerifyTry.__tablename__]
_RATES = Base.metadata.tables[VerifyRate.__tablename__]
_BREAKERS = Base.metadata.tables[VerifyBreaker.__tablename__]
_RATE = sqlite.insert(_RATES)
_ADD_RATE = _RATE.on_conflict_do_update(
    index_elements=["tenant", "slot_at"],
    set_={
        "attempts": _RATES.c.attempts + _RATE.excluded.attempts,
        "failures": _RATES.c.failures + _RATE.excluded.failures,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A breaker that has opened, and what became of it; `reopened_at` None = the path is off still."""

    id: int
    tenant: str
    opened_at: datetime
    hot_at: datetime
    cause: str
    reopened_at: datetime | None
    reopened_by: str
    reason: str

    def is_off(self, now: datetime) -> bool:
        """Whether the date of birth is off; after a quiet hour the next try finds it on."""
        return self.reopened_at is None and now < self.hot_at + QUIET


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a try went: `counts` False = a limit had been reached, nothing was looked at."""

    failed: bool
    is_open: bool
    counts: bool


class BreakerStore:
    """The first three work inside the writing transaction of a try; the rest is for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self, connection: Connection, tenant: str, now: datetime) -> tuple[bool, list[AuditFact]]:
        """Whether a tenant's breaker is open; one that has been quiet for long enough closes here."""
        newest = self._newest(connection, tenant)
        if newest is None or newest.reopened_at is not None:
            return False, []
        if newest.is_off(now):
            return True, []
        self._close(connection, newest, now, ("", "quiet"))
        return False, [facts.breaker(tenant, "closed", {"by": "", "reason": "quiet"})]

    def count(self, connection: Connection, tenant: str, now: datetime, tried: Tried) -> list[AuditFact]:
        """Count one try, and open the breaker when it is one too many.

        While it is open nobody is told what was right, but it is counted: that tells when an attack is over.
        What is usual is not learnt from it.
        """
        whose = tenant if tried.counts else NOBODY
        connection.execute(insert(_TRIES), [{"tenant": whose, "at": now, "failed": tried.failed}])
        learns = tried.counts and not tried.is_open
        row = {"tenant": tenant, "slot_at": breaker.slot_of(now), "attempts": int(learns)}
        connection.execute(_ADD_RATE, [{**row, "failures": int(learns and tried.failed)}])
        newest = self._newest(connection, tenant)
        recent, before = self.rates(connection, tenant, now, newest)
        if not tried.counts or not breaker.is_hot(recent, before):
            return []
        if tried.is_open and newest is not None:
            connection.execute(update(_BREAKERS).where(_BREAKERS.c.id == newest.id).values(hot_at=now))
            return []
        cause = f"{recent} in 10 min, usual are {before.ratio:.0%}"
        opened = {"tenant": tenant, "opened_at": now, "hot_at": now, "cause": cause}
        connection.execute(insert(_BREAKERS), [{**opened, "reopened_by": "", "reason": ""}])
        return [facts.breaker(tenant, "open", {"cause": cause})]

    def forget_old(self, connection: Connection, now: datetime) -> None:
        """Delete what no decision needs any more."""
        connection.execute(delete(_TRIES).where(_TRIES.c.at <= now - WINDOW))
        connection.execute(delete(_RATES).where(_RATES.c.slot_at <= now - KEPT))

    def rates(
        self, connection: Connection, tenant: str, now: datetime, newest: Opened | None
    ) -> tuple[Rate, Rate]:
        """The tries of the window since a breaker was closed, if it was, and of the week ahead of it."""
        since = now - WINDOW
        if newest is not None and newest.reopened_at is not None:
            since = max(since, newest.reopened_at)
        failures = func.coalesce(func.sum(cast(_TRIES.c.failed, Integer)), 0)
        tried = select(func.count(), failures).where(_TRIES.c.tenant == tenant, _TRIES.c.at > since)
        end = breaker.slot_of(now - WINDOW)  # slots that were over when the window began
        usual = select(
            func.coalesce(func.sum(_RATES.c.attempts), 0), func.coalesce(func.sum(_RATES.c.failures), 0)
        ).where(_RATES.c.tenant == tenant, _RATES.c.slot_at < end, _RATES.c.slot_at >= end - BEFORE)
        recent, before = connection.execute(tried).one(), connection.execute(usual).one()
        return Rate(tries=recent[0], failures=recent[1]), Rate(tries=before[0], failures=before[1])

    async def standing(self, tenant: str, now: datetime) -> tuple[Opened | None, Rate, Rate]:
        """A tenant's newest breaker, its tries of the last ten minutes, and what is usual there."""

        def read(connection: Connection) -> tuple[Opened | None, Rate, Rate]:
            newest = self._newest(connection, tenant)
            return newest, *self.rates(connection, tenant, now, newest)

        async with self._database.reading() as session:
            return await (await session.connection()).run_sync(read)

    async def off(self, now: datetime) -> builtins.list[Opened]:
        """The breakers that are open, the oldest first."""
        query = select(VerifyBreaker).where(VerifyBreaker.reopened_at.is_(None))
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(VerifyBreaker.opened_at).limit(MAX_LISTED))).all()
        return [one for one in map(_opened, rows) if one.is_off(now)]

    async def reopen(self, tenant: str, now: datetime, who: tuple[str, str]) -> Opened | None:
        """Let a tenant's callers be verified by date of birth again; None when they can be.

        `who` = the name of who decided it, and why. The tries up to now count no more.
        """

        def close(connection: Connection) -> Opened | None:
            newest = self._newest(connection, tenant)
            if newest is None or not newest.is_off(now):
                return None
            self._close(connection, newest, now, who)
            fact = facts.breaker(tenant, "closed", {"by": who[0], "reason": who[1]})
            insert_facts(connection, [(fact, now)])
            return newest

        return await self._database.write(close)

    def _newest(self, connection: Connection, tenant: str) -> Opened | None:
        query = select(_BREAKERS).where(_BREAKERS.c.tenant == tenant).order_by(_BREAKERS.c.id.desc())
        row = connection.execute(query.limit(1)).one_or_none()
        return None if row is None else _opened(row)

    def _close(self, connection: Connection, opened: Opened, now: datetime, who: tuple[str, str]) -> None:
        closed = update(_BREAKERS).where(_BREAKERS.c.id == opened.id)
        connection.execute(closed.values(reopened_at=now, reopened_by=who[0], reason=who[1]))


def _opened(row: object) -> Opened:
    names = ("id", "tenant", "opened_at", "hot_at", "cause", "reopened_at", "reopened_by", "reason")
    return Opened(**{name: getattr(row, name) for name in names})
