"""The customers a caller can be verified against, imported from a CSV file."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.core.ids import Ids, hex_id
from pbx.core.io.entropy import SystemIds
from pbx.store.customer_file import CustomerLine, read_customers
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, Place, dob_tag, phone_tag, tag
from pbx.store.keys import StoreKeys
from pbx.store.tables import Customer

BATCH = 200  # customers per transaction: a verification never waits longer than that for the write lock


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """`problems` are (line number, what is wrong); those lines were left out, all others are stored."""

    imported: int
    problems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """What an agent may see once the caller is verified; never the date of birth."""

    ref: str
    name: str
    entity_type: str


def customer_place(tenant: str, ref: str, column: str) -> Place:
    """Where a customer's encrypted field stands."""
    return Place(tenant=tenant, table="customers", column=column, row=ref)


class CustomerStore:
    """Reads and writes customers; the only holder of their names and numbers in clear."""

    def __init__(self, database: Database, keys: StoreKeys, ids: Ids | None = None) -> None:
        self._database = database
        self._keys = keys
        self._ids = ids or SystemIds()
        self._cipher = FieldCipher(keys.fields, self._ids)

    async def import_csv(self, tenant: str, region: str, path: Path) -> ImportReport:
        """Insert or update the customers of a CSV file, in batches; an interrupted import may be repeated.

        Columns `name,entity_type,phone,date_of_birth`; numbers are read as dialled in `region`. A customer
        is known again by name, type and number. ConfigError when the header is wrong.
        """
        lines, problems = await asyncio.to_thread(read_customers, path, region)
        for begin in range(0, len(lines), BATCH):
            async with self._database.writing() as session:
                for line in lines[begin : begin + BATCH]:
                    await self._store(session, tenant, line)
        return ImportReport(imported=len(lines), problems=problems)

    async def find(self, tenant: str, number_e164: str) -> list[CustomerView]:
        """Return the customers with this number, in a stable order."""
        wanted = phone_tag(self._keys.phone, tenant, number_e164)
        query = select(Customer).where(Customer.tenant == tenant, Customer.phone_tag == wanted)
        async with self._database.reading() as session:
            rows = (await session.scalars(query.order_by(Customer.ref))).all()
        return [self._view(row) for row in rows]

    def _view(self, row: Customer) -> CustomerView:
        name = self._cipher.open(row.name, customer_place(row.tenant, row.ref, "name"))
        return CustomerView(ref=row.ref, name=name, entity_type=row.entity_type)

    async def _store(self, session: AsyncSession, tenant: str, line: CustomerLine) -> None:
        name = " ".join(line.name.split()).casefold()
        known_by = tag(self._keys.phone, "row:v1", tenant, line.e164, line.entity_type, name)
        row = await session.scalar(select(Customer).where(Customer.row_tag == known_by))
        ref = row.ref if row else hex_id(self._ids)
        born = line.date_of_birth
        columns = {
            "name": self._seal(tenant, ref, "name", line.name),
            "phone": self._seal(tenant, ref, "phone", line.phone),
            "date_of_birth": self._seal(tenant, ref, "date_of_birth", born.reveal()) if born else None,
            "dob_tag": dob_tag(self._keys.verify, ref, born) if born else None,
        }
        if row is None:
            index = phone_tag(self._keys.phone, tenant, line.e164)
            row = Customer(ref=ref, tenant=tenant, entity_type=line.entity_type, phone_tag=index)
            row.row_tag = known_by
            session.add(row)
        for column, value in columns.items():
            setattr(row, column, value)
        await session.flush()

    def _seal(self, tenant: str, ref: str, column: str, text: str) -> bytes:
        return self._cipher.seal(text, customer_place(tenant, ref, column))
