"""Holds and charges: who may not call the network, and what was spent, beyond a restart."""

import builtins
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, delete, insert, or_, select, update

from pbx.fraud.effects import OUTBOUND, Charge, Hold
from pbx.store.database import Database
from pbx.store.tables import Base, TollCharge, TollHold

KEPT = timedelta(days=1)  # the longest window of a limit
_HOLDS = Base.metadata.tables[TollHold.__tablename__]
_CHARGES = Base.metadata.tables[TollCharge.__tablename__]


class TollStore:
    """Reads and writes both; a hold is never deleted, it is released."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_all(self, connection: Connection, holds: Sequence[Hold], charges: Sequence[Charge]) -> None:
        """Store new holds and charges as a part of the caller's transaction."""
        if holds:
            connection.execute(insert(_HOLDS), [_hold_row(hold) for hold in holds])
        if charges:
            oldest = max(charge.at for charge in charges) - KEPT
            connection.execute(delete(_CHARGES).where(_CHARGES.c.at < oldest))
            connection.execute(insert(_CHARGES), [_charge_row(charge) for charge in charges])

    async def holds(self, *, every: bool = False) -> builtins.list[Hold]:
        """Return what is held and which countries were released; with `every` suspensions of old too."""
        query = select(TollHold).order_by(TollHold.since_at, TollHold.id)
        if not every:
            query = query.where(or_(TollHold.released_at.is_(None), TollHold.what != OUTBOUND))
        async with self._database.reading() as session:
            return [_hold(row) for row in (await session.scalars(query)).all()]

    async def charges(self, now: datetime) -> builtins.list[Charge]:
        """Return what was spent within a day, but for what an account spent before it was released."""
        query = select(TollCharge).where(TollCharge.at >= now - KEPT).order_by(TollCharge.at)
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        pardons: dict[tuple[str, str], datetime] = {}
        for hold in await self.holds(every=True):
            if hold.what == OUTBOUND and hold.released_at is not None:
                key = (hold.tenant, hold.account)
                pardons[key] = max(hold.released_at, pardons.get(key, hold.released_at))
        charges = map(_charge, rows)
        return [one for one in charges if not _is_pardoned(one, pardons)]

    async def released(self, since: datetime) -> tuple[str, ...]:
        """Return the ids of the holds that were released since a time."""
        query = select(TollHold.id).where(TollHold.released_at >= since)
        async with self._database.reading() as session:
            return tuple((await session.scalars(query)).all())

    async def release(self, hold: str, at: datetime) -> None:
        """Note that somebody released a hold; StorageError when that cannot be written."""
        wanted = _HOLDS.c.id == hold
        await self._database.write(
            lambda connection: connection.execute(update(_HOLDS).where(wanted).values(released_at=at))
        )


def _is_pardoned(charge: Charge, pardons: dict[tuple[str, str], datetime]) -> bool:
    pardon = pardons.get((charge.tenant, charge.account))
    return pardon is not None and charge.at <= pardon


def _hold_row(hold: Hold) -> dict[str, object]:
    names = ("id", "tenant", "account", "what", "cause", "since_at", "released_at")
    return {name: getattr(hold, name) for name in names}


def _hold(row: TollHold) -> Hold:
    return Hold(
        id=row.id,
        tenant=row.tenant,
        account=row.account,
        what=row.what,
        cause=row.cause,
        since_at=row.since_at,
        released_at=row.released_at,
    )


def _charge_row(charge: Charge) -> dict[str, object]:
    names = ("tenant", "account", "at", "seconds")
    return {**{name: getattr(charge, name) for name in names}, "spend": str(charge.spend)}


def _charge(row: TollCharge) -> Charge:
    spend = Decimal(row.spend)
    return Charge(tenant=row.tenant, account=row.account, at=row.at, seconds=row.seconds, spend=spend)
