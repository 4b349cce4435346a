"""Answers of sources, kept as keyed tags for a while: what callers are compared with, never in clear."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_

from pbx.store.database import Database
from pbx.store.fields import dob_tag, phone_tag, tag
from pbx.store.keys import StoreKeys
from pbx.store.person_tables import Customer, Rectification
from pbx.store.snapshots import UNBOUND
from pbx.verify.people import Person

_NOTHING = b""  # in place of name, number and date of birth, which are not kept


class CustomerCache:
    """Fills rows, so that the comparison is the same whoever has answered."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self._database, self._keys = database, keys

    async def replace(
        self, where: tuple[str, str], e164: str, people: Sequence[Person], now: datetime
    ) -> None:
        """Let those of `where` (tenant, source) who have a number be `people`."""
        tenant, source = where
        index = phone_tag(self._keys.phone, tenant, e164)
        rows = [self._row(where, index, person, now) for person in people]
        tags = [row.row_tag for row in rows]
        async with self._database.writing() as session:
            await session.execute(
                delete(Customer).where(
                    Customer.tenant == tenant,
                    Customer.source == source,
                    (Customer.phone_tag == index) | Customer.row_tag.in_(tags),
                )
            )
            wrong = select(Rectification.customer).where(
                Rectification.phone_tag == index, Rectification.tenant == tenant
            )
            unbound = set((await session.scalars(wrong)).all())
            for row in rows:
                row.phone_tag = UNBOUND if row.ref in unbound else index
                session.add(row)

    async def forget_old(self, tenant: str, sources: Collection[str], before: datetime) -> None:
        """Delete what was answered by then."""
        async with self._database.writing() as session:
            await session.execute(
                delete(Customer).where(
                    Customer.tenant == tenant, Customer.source.in_(sources), Customer.fetched_at <= before
                )
            )

    async def keep_only(self, sources: Collection[tuple[str, str]]) -> None:
        """Delete the answers of all other sources: nobody asks them any more."""
        others = tuple_(Customer.tenant, Customer.source).not_in(list(sources))
        async with self._database.writing() as session:
            await session.execute(delete(Customer).where(Customer.fetched_at.is_not(None), others))

    def _row(self, where: tuple[str, str], index: bytes, person: Person, now: datetime) -> Customer:
        """A reference that is the same whenever the row comes back: locks and past calls go by it."""
        known_by = tag(self._keys.phone, "row:v2", *where, *person.identity)
        ref = tag(self._keys.phone, "ref:v1", *where, *person.identity).hex()
        born = person.date_of_birth
        row = Customer(ref=ref, tenant=where[0], source=where[1], entity_type=person.entity_type)
        row.row_tag, row.phone_tag = known_by, index
        row.dob_tag = dob_tag(self._keys.verify, ref, born) if born else None
        row.name = row.phone = _NOTHING
        row.language, row.flags, row.fetched_at = person.language, sorted(person.flags), now
        row.place = person.place
        row.phone_since_at = person.phone_since  # None: how long a server has had it is nobody's guess
        return row
