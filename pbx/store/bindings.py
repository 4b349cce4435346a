"""Bindings of registered telephones: rows that a restart reads, and a listing shows."""

import builtins
from collections.abc import Sequence
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Connection, bindparam, delete, insert, select

from pbx.core.address import Remote, Transport
from pbx.sip.events import BindingsKept, KeptBinding
from pbx.store.database import Database
from pbx.store.tables import Base, Binding

_PLAIN = (
    "uri",
    "call_id",
    "cseq",
    "expires_at",
    "refreshed_at",
    "q",
    "instance",
    "reg_id",
    "user_agent",
    "is_reachable",
    "rtt_ms",
)
_TABLE = Base.metadata.tables[Binding.__tablename__]
_DROP = delete(_TABLE).where(_TABLE.c.tenant == bindparam("of_tenant"), _TABLE.c.user == bindparam("of_user"))
_ADD = insert(_TABLE)


class BindingStore:
    """Writes all bindings of a user at once, and reads everybody's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, kept: Sequence[BindingsKept]) -> None:
        """Put these in the place of what the same users had; all or, with StorageError, none."""
        await self._database.write(lambda connection: _write(connection, kept))

    async def list(self) -> builtins.list[BindingsKept]:
        """Return the bindings of every user, those that have expired too."""
        query = select(Binding).order_by(Binding.tenant, Binding.user, Binding.position)
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [
            BindingsKept(tenant=tenant, user=user, bindings=tuple(map(_kept, group)))
            for (tenant, user), group in groupby(rows, key=lambda row: (row.tenant, row.user))
        ]


def _write(connection: Connection, kept: Sequence[BindingsKept]) -> None:
    connection.execute(_DROP, [{"of_tenant": one.tenant, "of_user": one.user} for one in kept])
    rows = [_row(one, position) for one in kept for position in range(len(one.bindings))]
    if rows:
        connection.execute(_ADD, rows)


def _row(kept: BindingsKept, position: int) -> dict[str, Any]:
    binding = kept.bindings[position]
    return {
        "tenant": kept.tenant,
        "user": kept.user,
        "position": position,
        "transport": binding.remote.transport,
        "host": binding.remote.host,
        "port": binding.remote.port,
        "path": list(binding.path),
        **{name: getattr(binding, name) for name in _PLAIN},
    }


def _kept(row: Binding) -> KeptBinding:
    return KeptBinding(
        remote=Remote(cast(Transport, row.transport), row.host, row.port),
        path=tuple(row.path),
        **{name: getattr(row, name) for name in _PLAIN},
    )
