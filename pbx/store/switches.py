"""Schedules that somebody has switched by hand; each change is told to the audit log with it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.schedules.switches import Switched
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.switch_tables import SwitchRow
from pbx.store.tables import Base

MAX_KEPT = 50_000  # of all tenants: 500 of them with 64 schedules have fewer
_ROWS = Base.metadata.tables[SwitchRow.__tablename__]
_NAMES = tuple(field.name for field in fields(Switched))
FACT = "schedule.switched"


class SwitchStore:
    """One row for each schedule that does not go by its hours."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self,
        whose: tuple[str, str],
        switched: Switched | None,
        by: str,
        at: datetime,
        *,
        call: CallId | None = None,
    ) -> None:
        """Keep how the schedule of a tenant is from now on, None = by its hours; StorageError."""
        tenant, schedule = whose
        details: dict[str, str | int | bool | None] = {
            "schedule": schedule,
            "position": switched.position if switched is not None else "hours",
            "by": by,
        }
        if switched is not None and switched.until is not None:
            details["until"] = switched.until.isoformat(timespec="seconds")
        fact = AuditFact(kind=FACT, call=call, tenant=tenant, details=details)

        def replace_row(connection: Connection) -> None:
            mine = (_ROWS.c.tenant == tenant) & (_ROWS.c.schedule == schedule)
            connection.execute(delete(_ROWS).where(mine))
            if switched is not None:
                row = {name: getattr(switched, name) for name in _NAMES}
                connection.execute(insert(_ROWS), [{"tenant": tenant, "schedule": schedule, **row}])
            insert_facts(connection, [(fact, at)])

        await self._database.write(replace_row)

    async def all(self) -> Mapping[tuple[str, str], Switched]:
        """Return what is switched, by tenant and schedule, also what has run out."""
        query = select(SwitchRow).order_by(SwitchRow.tenant, SwitchRow.schedule).limit(MAX_KEPT)
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
            return {
                (row.tenant, row.schedule): Switched(**{name: getattr(row, name) for name in _NAMES})
                for row in rows
            }
