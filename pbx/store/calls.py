"""Call records (CDRs): one row per call, one per leg, numbers encrypted."""

import builtins
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, insert, or_, select, true, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.call.record import CallRecord, LegRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.media.events import StreamQuality
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, Place, phone_tag
from pbx.store.keys import StoreKeys
from pbx.store.tables import Base, Call, Leg, Recording

MAX_LISTED = 10_000
PAGE = 500  # calls, with a few legs each
_FINAL = "recorded"  # set by the recording ledger, which is the one that knows
_KEPT_STATES = ("starting", "recording", _FINAL)  # what a call says that something was kept of
LOST = "the journal was lost before it was finished"
_PLAIN = (
    "tenant",
    "direction",
    "offered_at",
    "answered_at",
    "ended_at",
    "ended_by",
    "cause",
    "route",
    "recording",
    "recording_state",
    "recording_reason",
    "verification",
    "customer",
    "verstat",
    "attestation",
    "purpose",
)
_PLAIN_LEG = ("role", "party", "offered_at", "answered_at", "ended_at", "cause")
_MEASURES = ("loss", "jitter_ms", "round_trip_ms", "r", "mos")  # of a direction, NULL = not known
_SEALED = ("called", "caller_number", "caller_tag")
_CALLS, _LEGS = Base.metadata.tables[Call.__tablename__], Base.metadata.tables[Leg.__tablename__]
_NEW = sqlite.insert(_CALLS)
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=["call"],
    set_={
        **{column: _NEW.excluded[column] for column in (*_PLAIN, *_SEALED, "consents")},
        "recording_state": case(
            (_CALLS.c.recording_state == _FINAL, _FINAL), else_=_NEW.excluded.recording_state
        ),
    },
)
_DROP_LEGS = delete(_LEGS).where(_LEGS.c.call == bindparam("of_call"))
_ADD_LEGS = insert(_LEGS)


class CallStore:
    """Saves and reads call records; numbers are in clear only outside of the database."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._keys = keys
        self._cipher = FieldCipher(keys.fields)

    async def save(self, record: CallRecord) -> None:
        """Insert the call, or bring its row and legs to this state."""
        await self._database.write(lambda connection: self.save_all(connection, [record]))

    def save_all(self, connection: Connection, records: Sequence[CallRecord]) -> None:
        """Insert or update like `save`, as a part of the caller's transaction; each call once."""
        if not records:
            return
        connection.execute(_UPSERT, [self._row(record) for record in records])
        connection.execute(_DROP_LEGS, [{"of_call": record.call} for record in records])
        legs = [row for record in records for row in self._leg_rows(record)]
        if legs:
            connection.execute(_ADD_LEGS, legs)

    async def get(self, call: str) -> CallRecord | None:
        """Return one call."""
        async with self._database.reading() as session:
            row = await session.get(Call, call)
            return None if row is None else self._record(row, await _legs(session, [row]))

    async def list(self, limit: int = 100) -> builtins.list[CallRecord]:
        """Return the newest calls, newest first."""
        query = select(Call).order_by(Call.offered_at.desc(), Call.call).limit(min(limit, MAX_LISTED))
        async with self._database.reading() as session:
            rows = list((await session.scalars(query)).all())
            legs = await _legs(session, rows)
        return [self._record(row, legs) for row in rows]

    async def recorded(self, tenant: str, after: str = "") -> builtins.list[CallRecord]:
        """Return a page of a tenant's calls that were recorded, or left a recording, behind the call `after`.

        They come in the order of their names; the last page is empty.
        """
        has_row = select(Recording).where(Recording.call == Call.call).exists()
        return await self._page(tenant, after, or_(Call.recording != "", has_row))

    async def every(self, tenant: str, after: str = "") -> builtins.list[CallRecord]:
        """Return a page of all calls of a tenant, like `recorded`."""
        return await self._page(tenant, after, true())

    async def _page(self, tenant: str, after: str, which: ColumnElement[bool]) -> builtins.list[CallRecord]:
        query = select(Call).where(Call.tenant == tenant, Call.call > after, which)
        async with self._database.reading() as session:
            rows = list((await session.scalars(query.order_by(Call.call).limit(PAGE))).all())
            legs = await _legs(session, rows)
        return [self._record(row, legs) for row in rows]

    async def close_crashed(self, now: datetime) -> int:
        """End the calls that the last run left open; returns how many. Call once, before new calls."""
        async with self._database.writing() as session:
            closed = await session.scalars(
                update(Call)
                .where(Call.ended_at.is_(None))
                .values(ended_at=now, ended_by="system", cause="crash")
                .returning(Call.call)
            )
            calls = closed.all()
            await session.execute(
                update(Leg).where(Leg.ended_at.is_(None)).values(ended_at=now, cause="crash")
            )
            return len(calls)

    async def fail_lost(self, journals: Collection[str], now: datetime) -> int:
        """Mark the calls whose recording is neither in `journals` nor in the ledger; returns how many.

        Call once, before new calls. `journals` are the recordings that the finaliser has yet to bring in,
        looked up before: it deletes a journal only after its row is committed (R-13), so none falls between.
        Should a journal come back, its commit makes the call "recorded" again.
        """
        query = select(Call).where(
            Call.recording != "",
            Call.recording_state.in_(_KEPT_STATES),
            ~select(Recording).where(Recording.recording == Call.recording).exists(),
        )
        async with self._database.writing() as session:
            rows = (await session.scalars(query)).all()
            lost = [row for row in rows if row.recording not in journals]
            facts: builtins.list[tuple[AuditFact, datetime]] = []
            for row in lost:
                row.recording_state, row.recording_reason = "failed", LOST
                fact = AuditFact(
                    kind="recording.failed",
                    call=CallId(row.call),
                    tenant=row.tenant,
                    details={"recording": row.recording, "reason": LOST},
                )
                facts.append((fact, now))
            await session.run_sync(lambda inner: insert_facts(inner.connection(), facts))
            return len(lost)

    def _row(self, record: CallRecord) -> dict[str, Any]:
        caller, tenant = record.caller_number, record.tenant
        row = {column: getattr(record, column) for column in _PLAIN}
        row["call"], row["consents"] = record.call, list(record.consents)
        row["called"] = self._cipher.seal(record.called, _place(tenant, "calls", "called", record.call))
        row["caller_number"] = row["caller_tag"] = None
        if caller:
            place = _place(tenant, "calls", "caller_number", record.call)
            row["caller_number"] = self._cipher.seal(caller, place)
            row["caller_tag"] = phone_tag(self._keys.phone, tenant, caller)
        return row

    def _leg_rows(self, record: CallRecord) -> builtins.list[dict[str, Any]]:
        rows = []
        for position, leg in enumerate(record.legs):
            place = _place(record.tenant, "legs", "number", f"{record.call}/{leg.leg}")
            row = {column: getattr(leg, column) for column in _PLAIN_LEG}
            row.update(call=record.call, leg=leg.leg, position=position)
            row["number"] = self._cipher.seal(leg.number, place) if leg.number else None
            row.update(_quality_columns("heard", leg.heard) | _quality_columns("sent", leg.sent))
            rows.append(row)
        return rows

    def _record(self, row: Call, legs: dict[str, builtins.list[Leg]]) -> CallRecord:
        return CallRecord(
            call=CallId(row.call),
            called=self._open(row.called, _place(row.tenant, "calls", "called", row.call)),
            caller_number=self._open(
                row.caller_number, _place(row.tenant, "calls", "caller_number", row.call)
            ),
            consents=tuple(row.consents),
            legs=tuple(self._leg(row.tenant, leg) for leg in legs.get(row.call, [])),
            **{column: getattr(row, column) for column in _PLAIN},
        )

    def _leg(self, tenant: str, row: Leg) -> LegRecord:
        return LegRecord(
            leg=LegId(row.leg),
            number=self._open(row.number, _place(tenant, "legs", "number", f"{row.call}/{row.leg}")),
            heard=_quality(row, "heard"),
            sent=_quality(row, "sent"),
            **{column: getattr(row, column) for column in _PLAIN_LEG},
        )

    def _open(self, sealed: bytes | None, place: Place) -> str:
        return self._cipher.open(sealed, place) if sealed else ""  # empty = nobody knows any more


def _quality_columns(direction: str, quality: StreamQuality | None) -> dict[str, float | None]:
    return {f"{direction}_{name}": getattr(quality, name, None) for name in _MEASURES}


def _quality(row: Leg, direction: str) -> StreamQuality | None:
    if getattr(row, f"{direction}_loss") is None:
        return None
    return StreamQuality(**{name: getattr(row, f"{direction}_{name}") for name in _MEASURES})


def _place(tenant: str, table: str, column: str, row: str) -> Place:
    return Place(tenant=tenant, table=table, column=column, row=row)


async def _legs(session: AsyncSession, calls: list[Call]) -> dict[str, list[Leg]]:
    query = select(Leg).where(Leg.call.in_([call.call for call in calls]))
    by_call: dict[str, list[Leg]] = {}
    for leg in (await session.scalars(query.order_by(Leg.call, Leg.position))).all():
        by_call.setdefault(leg.call, []).append(leg)
    return by_call
