"""A row of a real database, or none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.store.sources.rows import Rows

SELECT = "SELECT number, state FROM orders WHERE number = :number"


@pytest.fixture
def url(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "orders.db")) as database:
        database.execute("CREATE TABLE orders (number TEXT, state TEXT)")
        database.executemany("INSERT INTO orders VALUES (?, ?)", [("1", "new"), ("2", "old"), ("2", "lost")])
        database.commit()
    return f"sqlite+aiosqlite:///{tmp_path}/orders.db"


async def test_one_row_or_none(url: str) -> None:
    rows = Rows(url)
    assert await rows.one(SELECT, {"number": "1"}) == {"number": "1", "state": "new"}
    assert await rows.one(SELECT, {"number": "1' OR '1' = '1"}) is None
    await rows.close()


@pytest.mark.parametrize(
    ("select", "number", "said"),
    [
        (SELECT, "2", "more than one row"),
        ("SELECT * FROM nothing WHERE x = :number", "7", "OperationalError"),
        ("DELETE FROM orders WHERE number = :number", "1", "OperationalError"),
    ],
)
async def test_what_is_no_answer(url: str, select: str, number: str, said: str) -> None:
    """What a statement would write is refused, even if one came past the check of the configuration."""
    rows = Rows(url)
    with pytest.raises(StorageError) as caught:
        await rows.one(select, {"number": number})
    assert str(caught.value) == said
    assert await rows.one(SELECT, {"number": "1"}) is not None
    await rows.close()
