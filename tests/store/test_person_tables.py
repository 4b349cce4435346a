"""What hangs on a customer goes with him."""

import pytest
from sqlalchemy import delete

from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now
from pbx.store.database import Database
from pbx.store.person_tables import CSV, Customer, Identifier


async def test_nothing_hangs_on_a_customer_who_is_not_there(database: Database) -> None:
    row = Customer(ref="c-1", tenant="acme", entity_type="company", row_tag=b"r", phone_tag=b"p")
    row.name = row.phone = b""
    async with database.writing() as session:
        session.add(row)
        await session.flush()
        session.add(Identifier(customer="c-1", kind="account_number", tenant="acme", tag=b"t", at=utc_now()))
    async with database.reading() as session:
        stored = await session.get_one(Customer, "c-1")
    assert (stored.source, stored.flags, stored.gone_at) == (CSV, [], None)
    with pytest.raises(StorageError):
        async with database.writing() as session:
            await session.execute(delete(Customer))
