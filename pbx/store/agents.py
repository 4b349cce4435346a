"""What agents of queues have said of themselves: that they are logged in, and that they pause."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, or_, select

from pbx.call.effects import KeepAgent
from pbx.store.agent_tables import AgentRow
from pbx.store.base import Base
from pbx.store.database import Database

_ROWS = Base.metadata.tables[AgentRow.__tablename__]


class AgentStore:
    """One row for each agent who has ever said anything, by tenant and extension."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[tuple[str, str], tuple[bool, str | None]]:
        """Return who is logged in, and the reason of a pause; StorageError."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(_ROWS.c.tenant, _ROWS.c.extension, _ROWS.c.is_in, _ROWS.c.pause)
            )
            return {(tenant, extension): (is_in, pause) for tenant, extension, is_in, pause in rows}


def save_all(connection: Connection, entries: Sequence[tuple[KeepAgent, datetime]]) -> None:
    """Keep the last that each has said."""
    last = {(one.tenant, one.extension): (one, at) for one, at in entries}
    if not last:
        return
    these = or_(
        *(and_(_ROWS.c.tenant == tenant, _ROWS.c.extension == extension) for tenant, extension in last)
    )
    connection.execute(delete(_ROWS).where(these))
    rows = [
        {
            "tenant": one.tenant,
            "extension": one.extension,
            "is_in": one.is_in,
            "pause": one.pause,
            "since_at": at,
        }
        for one, at in last.values()
    ]
    connection.execute(insert(_ROWS), rows)
