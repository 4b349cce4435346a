"""Policy texts by version and hash: each is kept for ever, so that it can be said what people were told."""

import builtins
from datetime import datetime

from sqlalchemy import Connection, insert, select

from pbx.lifecycle.policy_text import KeptPolicy, PolicyText
from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.policy_tables import PolicyRow
from pbx.store.tables import Base

_ROWS = Base.metadata.tables[PolicyRow.__tablename__]
_NAMES = ("tenant", "version", "sha256", "text", "effective_at")


class PolicyStore:
    """Adds versions; none is ever changed or deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, tenant: str, policy: PolicyText, now: datetime) -> str:
        """Keep a version, in force from now on, with its fact; return why it cannot be, "" = it is."""
        return await self._database.write(lambda connection: _keep(connection, tenant, policy, now))

    async def list(self, tenant: str) -> builtins.list[KeptPolicy]:
        """Return every version of a tenant, oldest first."""
        query = select(PolicyRow).where(PolicyRow.tenant == tenant)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(PolicyRow.effective_at, PolicyRow.version))
            return [_kept(row) for row in rows.all()]


def _keep(connection: Connection, tenant: str, policy: PolicyText, now: datetime) -> str:
    known = connection.execute(
        select(_ROWS).where(_ROWS.c.tenant == tenant).order_by(_ROWS.c.effective_at)
    ).all()
    same = next((row for row in known if row.version == policy.version), None)
    if same is not None and same.sha256 != policy.name.sha256:
        return f"version {policy.version} of the privacy policy has another text already"
    if same is not None and same.version != known[-1].version:
        return f"version {policy.version} of the privacy policy was replaced by version {known[-1].version}"
    if same is not None:
        return ""
    kept = KeptPolicy(
        tenant=tenant,
        version=policy.version,
        sha256=policy.name.sha256,
        text=policy.text,
        effective_at=now,
    )
    before = KeptPolicy(**{name: getattr(known[-1], name) for name in _NAMES}) if known else None
    connection.execute(insert(_ROWS), [{name: getattr(kept, name) for name in _NAMES}])
    insert_facts(connection, [(kept.fact(before), now)])
    return ""


def _kept(row: PolicyRow) -> KeptPolicy:
    return KeptPolicy(**{name: getattr(row, name) for name in _NAMES})
