"""Locks: who is not verified by date of birth now, because of too many failures; for people."""

import builtins
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.tables import Customer, VerifyAttempt
from pbx.store.throttles import Throttles
from pbx.verify.throttles import FOREVER, LockRule, Subject, limits_of, locked_until

MAX_LISTED = 10_000
_SUBJECTS: tuple[Subject, ...] = ("record", "cli", "trunk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """`who` is a customer or a trunk; of a calling number only a tag is kept, `call` is the last one of it.

    `until_at` None = no time ends it.
    """

    tenant: str
    subject: Subject
    who: str
    failures: int
    call: str
    failed_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What of a tenant's settings decides; trunks as calls name them (`trunk/carrier`)."""

    lock: LockRule
    trunks: tuple[str, ...] = ()


class LockStore:
    """Reads them; `Throttles` counts."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._throttles = Throttles(keys)

    async def list(self, tenants: Mapping[str, Watched], now: datetime) -> builtins.list[Lock]:
        """Return the locks of some tenants, the oldest first.

        Failures that were counted before there was a column for it are of no tenant: they are listed with
        any, and judged by the fixed limits.
        """
        async with self._database.reading() as session:
            failed = await _failures(session, tenants)
            locks = [_lock(rows, tenants, now) for rows in failed.values()]
            found = [one for one in locks if one is not None]
            names = await self._names(session, found, tenants)
        named = [replace(lock, who=names.get(tag, "")) for tag, lock in found]
        return sorted(named, key=lambda lock: (lock.failed_at, lock.subject))

    async def _names(
        self,
        session: AsyncSession,
        found: Iterable[tuple[bytes, Lock]],
        tenants: Mapping[str, Watched],
    ) -> dict[bytes, str]:
        """A tag does not say whose it is: those of everybody who may be meant are made."""
        names = {
            self._throttles.trunk(tenant, trunk).tag: trunk
            for tenant, watched in tenants.items()
            for trunk in watched.trunks
        }
        if any(lock.subject == "record" for _, lock in found):
            query = select(Customer.tenant, Customer.ref).where(Customer.tenant.in_(sorted(tenants)))
            for tenant, ref in await session.execute(query):
                names[self._throttles.record(tenant, ref).tag] = ref
        return names


async def _failures(
    session: AsyncSession, tenants: Mapping[str, Watched]
) -> dict[tuple[str, bytes], builtins.list[VerifyAttempt]]:
    """The failures of whoever has enough of them for the lowest limit, by subject, the oldest first."""
    least = min((limit.failures for one in tenants.values() for limit in limits_of(one.lock)), default=1)
    enough = (
        select(VerifyAttempt.subject)
        .where(VerifyAttempt.tenant.in_(("", *sorted(tenants))))
        .group_by(VerifyAttempt.kind, VerifyAttempt.subject)
        .having(func.count() >= least)
        .order_by(func.max(VerifyAttempt.at).desc())
        .limit(MAX_LISTED)
    )
    query = select(VerifyAttempt).where(VerifyAttempt.subject.in_(enough)).order_by(VerifyAttempt.at)
    by_subject: dict[tuple[str, bytes], list[VerifyAttempt]] = defaultdict(list)
    for row in await session.scalars(query):
        by_subject[row.kind, row.subject].append(row)
    return by_subject


def _lock(
    rows: builtins.list[VerifyAttempt], tenants: Mapping[str, Watched], now: datetime
) -> tuple[bytes, Lock] | None:
    last = rows[-1]
    subject = next((one for one in _SUBJECTS if one == last.kind), None)
    if subject is None:
        return None
    watched = tenants.get(last.tenant)
    limits = limits_of(watched.lock if watched is not None else LockRule())
    until = locked_until(subject, limits, [row.at for row in rows], now)
    if until is None:
        return None
    return last.subject, Lock(
        tenant=last.tenant,
        subject=subject,
        who="",
        failures=len(rows),
        call=last.call,
        failed_at=last.at,
        until_at=None if until == FOREVER else until,
    )
