"""Versions of the plan: every change for ever, the files of the newest of them sealed."""

import builtins
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from pbx.store.audit_log import insert_facts
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, Place, tag
from pbx.store.keys import StoreKeys
from pbx.store.plan_tables import PlanContent, PlanVersion
from pbx.store.tables import Base
from pbx.versions.snapshot import Snapshot
from pbx.versions.version import Version, Wish

MAX_CONTENTS = 200  # plans whose files are kept: a year of changes, or a month of busy ones
MAX_LISTED = 10_000
_VERSIONS = Base.metadata.tables[PlanVersion.__tablename__]
_CONTENTS = Base.metadata.tables[PlanContent.__tablename__]
_NAMES = ("version", "digest", "cause", "author", "comment", "restored", "at")


class PlanStore:
    """Adds versions; none is ever changed or deleted."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database = database
        self._cipher, self._key = FieldCipher(keys.fields), keys.verify

    def digest(self, snapshot: Snapshot) -> str:
        """Return how a plan is called here; keyed, so that nobody tries out what the files may hold."""
        return tag(self._key, "plan:v1", snapshot.digest).hex()

    async def keep(self, snapshot: Snapshot, wish: Wish, now: datetime) -> Version:
        """Keep a change of the plan with its fact; StorageError when that cannot be."""
        digest = self.digest(snapshot)
        sealed = self._cipher.seal(snapshot.packed(), _place(digest))
        return await self._database.write(lambda connection: _keep(connection, (digest, sealed), wish, now))

    async def list(self, limit: int = MAX_LISTED) -> builtins.list[Version]:
        """Return the changes, the newest first."""
        async with self._database.reading() as session:
            query = select(PlanVersion).order_by(PlanVersion.version.desc()).limit(limit)
            return [_version(row) for row in (await session.scalars(query)).all()]

    async def holds(self, snapshot: Snapshot) -> bool:
        """Whether the files of a plan are kept."""
        async with self._database.reading() as session:
            return await session.get(PlanContent, self.digest(snapshot)) is not None

    async def find(self, version: int) -> tuple[Version, Snapshot | None] | None:
        """Return a version, and its files where they are still kept; StorageError when they are damaged."""
        async with self._database.reading() as session:
            row = await session.get(PlanVersion, version)
            content = await session.get(PlanContent, row.digest) if row is not None else None
        if row is None:
            return None
        return _version(row), self._opened(content) if content is not None else None

    def _opened(self, content: PlanContent) -> Snapshot:
        return Snapshot.unpacked(self._cipher.open(content.content, _place(content.digest)))


def _keep(connection: Connection, content: tuple[str, bytes], wish: Wish, now: datetime) -> Version:
    digest, sealed = content
    newest = connection.execute(select(_VERSIONS).order_by(_VERSIONS.c.version.desc()).limit(1)).first()
    version = Version(
        version=newest.version + 1 if newest is not None else 1,
        digest=digest,
        cause=wish.cause,
        author=wish.author,
        comment=wish.comment,
        restored=wish.restored,
        at=now,
    )
    connection.execute(insert(_VERSIONS), [{name: getattr(version, name) for name in _NAMES}])
    if connection.execute(select(_CONTENTS.c.digest).where(_CONTENTS.c.digest == digest)).first() is None:
        connection.execute(insert(_CONTENTS), [{"digest": digest, "content": sealed}])
    connection.execute(delete(_CONTENTS).where(_CONTENTS.c.digest.not_in(_newest(connection))))
    insert_facts(connection, [(version.fact(_version(newest) if newest is not None else None), now)])
    return version


def _newest(connection: Connection) -> Sequence[str]:
    """The plans whose files are kept."""
    rows = connection.execute(
        select(_VERSIONS.c.digest).order_by(_VERSIONS.c.version.desc()).limit(MAX_CONTENTS)
    )
    return builtins.list(dict.fromkeys(rows.scalars()))


def _place(digest: str) -> Place:
    return Place(tenant="", table="plan_contents", column="content", row=digest)


def _version(row: object) -> Version:
    return Version(**{name: getattr(row, name) for name in _NAMES})
