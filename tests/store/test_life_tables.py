"""Registers keep their lines."""

import pytest
from sqlalchemy import insert, text

from pbx.core.errors import StorageError
from pbx.store.database import Database
from pbx.store.life_tables import DisclosureRow, ErasureRow, HoldRow
from pbx.store.tables import Base
from tests.store.test_recordings import AT

_TABLES = Base.metadata.tables


def row(table: str, **given: object) -> dict[str, object]:
    """A row with an empty text in every column that needs one."""
    columns = [column for column in _TABLES[table].columns if not column.nullable]
    filled: dict[str, object] = {column.name: AT if column.name.endswith("at") else "" for column in columns}
    return filled | given


@pytest.mark.parametrize(
    ("table", "given"),
    [
        (HoldRow.__tablename__, {}),
        (DisclosureRow.__tablename__, {"subject_told": False}),
        (ErasureRow.__tablename__, {"receipt": b"r"}),
    ],
)
async def test_a_line_of_a_register_is_not_deleted(
    database: Database, table: str, given: dict[str, object]
) -> None:
    await database.write(lambda one: one.execute(insert(_TABLES[table]), [row(table, **given)]))
    with pytest.raises(StorageError):
        await database.write(lambda one: one.execute(text(f"DELETE FROM {table}")))
    async with database.reading() as session:
        assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 1
