"""Who took part in recorded calls: what decides who may hear a recording."""

import builtins
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from pbx.store.database import Database
from pbx.store.tables import Leg, Recording, RecordingKey

MAX_LISTED = 1_000


class HeardStore:
    """Reads the parties of recordings; those who never answered took no part."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def parties(self, calls: Collection[str]) -> dict[str, frozenset[str]]:
        """Return who took part in each of at most MAX_LISTED calls; a call that has no record has nobody."""
        query = select(Leg.call, Leg.party).where(
            Leg.call.in_(sorted(calls)[:MAX_LISTED]), Leg.answered_at.is_not(None)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        return {call: frozenset(party for of, party in rows if of == call) for call in calls}

    async def newest(
        self, tenant: str, parties: Collection[str] | None, since: datetime | None, limit: int
    ) -> builtins.list[str]:
        """Return recordings of a tenant that can be opened, newest first; None = of anybody, of any age."""
        key = select(RecordingKey).where(RecordingKey.recording == Recording.recording)
        query = select(Recording.recording).where(Recording.tenant == tenant, key.exists())
        if parties is not None:
            leg = select(Leg).where(
                Leg.call == Recording.call, Leg.party.in_(sorted(parties)), Leg.answered_at.is_not(None)
            )
            query = query.where(leg.exists())
        if since is not None:
            query = query.where(Recording.started_at >= since)
        query = query.order_by(Recording.started_at.desc(), Recording.recording)
        async with self._database.reading() as session:
            return [*(await session.scalars(query.limit(min(limit, MAX_LISTED)))).all()]
