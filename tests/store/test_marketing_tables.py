"""An opt-out is neither deleted nor changed; nothing else of these tables is for good."""

import pytest
from sqlalchemy import Boolean, DateTime, LargeBinary, insert, text

from pbx.core.errors import StorageError
from pbx.store.database import Database
from pbx.store.marketing_tables import AgreementRow, ContactRow, ScreeningRow, SuppressionRow
from pbx.store.tables import Base
from tests.store.test_link_tables import changed
from tests.store.test_recordings import AT

SUPPRESSIONS = SuppressionRow.__tablename__
VALUES = {LargeBinary: b"tag", DateTime: AT, Boolean: False}


async def placed(database: Database, table: str) -> None:
    columns = [one for one in Base.metadata.tables[table].columns if not one.nullable and one.name != "id"]
    kinds = ((one.name, getattr(one.type, "impl_instance", one.type)) for one in columns)
    row = {name: next((v for kind, v in VALUES.items() if isinstance(of, kind)), "") for name, of in kinds}
    await database.write(lambda connection: connection.execute(insert(Base.metadata.tables[table]), [row]))


@pytest.mark.requirement("C-15")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM suppressions",
        "UPDATE suppressions SET controller = 'x'",
        "UPDATE suppressions SET tag = x'00'",
    ],
)
async def test_an_opt_out_stays_as_it_is(database: Database, statement: str) -> None:
    await placed(database, SUPPRESSIONS)
    with pytest.raises(StorageError):
        await changed(database, statement)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM suppressions"))).scalar() == 1


@pytest.mark.parametrize("table", [one.__tablename__ for one in (ScreeningRow, AgreementRow, ContactRow)])
async def test_an_id_never_comes_twice(database: Database, table: str) -> None:
    """Whoever follows a table asks for ids that are newer than the last one."""
    await placed(database, table)
    await changed(database, f"DELETE FROM {table}")
    await placed(database, table)
    async with database.reading() as session:
        assert (await session.execute(text(f"SELECT id FROM {table}"))).scalar() == 2
