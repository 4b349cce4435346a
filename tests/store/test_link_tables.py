"""Links and requests keep their lines, and a request is decided on by somebody else, once."""

import pytest
from sqlalchemy import insert, text

from pbx.core.errors import StorageError
from pbx.store.database import Database
from pbx.store.link_tables import AccessRequestRow, LinkRow
from pbx.store.tables import Base
from tests.store.test_recordings import AT

_TABLES = Base.metadata.tables
NUMBERS = {"uid": 7, "start_ms": 0, "length_ms": 0, "uses": 1}


async def placed(database: Database, table: str) -> None:
    columns = [column for column in _TABLES[table].columns if not column.nullable]
    row = {one.name: NUMBERS.get(one.name, AT if one.name.endswith("_at") else "") for one in columns}
    await database.write(lambda connection: connection.execute(insert(_TABLES[table]), [row]))


async def changed(database: Database, statement: str) -> None:
    await database.write(lambda connection: connection.execute(text(statement)))


@pytest.mark.parametrize("table", [LinkRow.__tablename__, AccessRequestRow.__tablename__])
async def test_a_line_is_not_deleted(database: Database, table: str) -> None:
    await placed(database, table)
    with pytest.raises(StorageError):
        await changed(database, f"DELETE FROM {table}")


@pytest.mark.requirement("D-11")
async def test_a_request_is_decided_on_by_another_and_once(database: Database) -> None:
    await placed(database, AccessRequestRow.__tablename__)
    decide = "UPDATE access_requests SET decision = '{}', decided_uid = {}"
    with pytest.raises(StorageError):
        await changed(database, decide.format("approved", 7))
    await changed(database, decide.format("denied", 8))
    with pytest.raises(StorageError):
        await changed(database, decide.format("approved", 8))
