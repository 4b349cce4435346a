"""Recordings as retention sees them: how old they are, and what callers were told that they are for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select, tuple_

from pbx.lifecycle.retention import Kept
from pbx.recording.effects import FinishedRecording
from pbx.store.database import Database
from pbx.store.life_tables import ErasureRow
from pbx.store.tables import Consent, Recording

PAGE = 1_000
Place = tuple[datetime, str]


class RetainedStore:
    """Reads what is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, recording: str) -> Kept | None:
        """Return one recording, with or without its key."""
        found = await self._read(_query().where(Recording.recording == recording))
        return found[0] if found else None

    async def of_call(self, call: str) -> list[str]:
        """Return the recordings of a call, oldest first; the manifest of each names the consents."""
        query = select(Recording.recording).where(Recording.call == call)
        async with self._database.reading() as session:
            return list(
                (await session.scalars(query.order_by(Recording.started_at, Recording.recording))).all()
            )

    async def begun(self, finished: FinishedRecording) -> Kept:
        """Return a recording whose row is not there yet."""
        proofs = select(Consent.call, Consent.proof).where(Consent.call == finished.call)
        async with self._database.reading() as session:
            told = (await session.execute(proofs)).all()
        return Kept(
            recording=finished.recording,
            call=finished.call,
            tenant=finished.tenant,
            kind=finished.kind,
            started_at=finished.started_at,
            told=_told(finished.call, told),
            rules=_rules(finished.call, told),
        )

    async def older(self, tenant: str, before: datetime, after: Place | None = None) -> list[Kept]:
        """Return recordings of a tenant that began until a time, oldest first, behind a place of the list.

        Those whose erasure was asked for are left out, but for shredded ones whose object is still there.
        """
        query = _query().outerjoin(ErasureRow, ErasureRow.recording == Recording.recording)
        query = query.where(Recording.tenant == tenant, Recording.started_at <= before)
        shredded = (ErasureRow.state == "done") & (ErasureRow.extent == "key")
        query = query.where(or_(ErasureRow.recording.is_(None), shredded))
        if after is not None:
            query = query.where(tuple_(Recording.started_at, Recording.recording) > after)
        return await self._read(query.order_by(Recording.started_at, Recording.recording).limit(PAGE))

    async def _read(self, query: Select[str, str, str, str, datetime]) -> list[Kept]:
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
            proofs = select(Consent.call, Consent.proof).where(Consent.call.in_({row.call for row in rows}))
            told = (await session.execute(proofs)).all()
        return [_kept(row, told) for row in rows]


def _query() -> Select[str, str, str, str, datetime]:
    return select(Recording.recording, Recording.call, Recording.tenant, Recording.kind, Recording.started_at)


def _kept(row: Row[str, str, str, str, datetime], told: Sequence[Row[str, dict[str, Any]]]) -> Kept:
    recording, call, tenant, kind, started_at = row
    return Kept(
        recording=recording,
        call=call,
        tenant=tenant,
        kind=kind,
        started_at=started_at,
        told=_told(call, told),
        rules=_rules(call, told),
    )


def _told(call: str, told: Sequence[Row[str, dict[str, Any]]]) -> frozenset[str]:
    """The purposes that the parties of a call were told."""
    lists = [proof.get("purposes") for of_call, proof in told if of_call == call]
    return frozenset(str(name) for one in lists if isinstance(one, list | tuple) for name in one)


def _rules(call: str, told: Sequence[Row[str, dict[str, Any]]]) -> frozenset[str]:
    """The names of the rules that held for a call; consents of an early version do not name them."""
    traces = [proof["decision"].get("trace", ()) for of_call, proof in told if of_call == call]
    return frozenset(str(reason["rule"]) for trace in traces for reason in trace)
