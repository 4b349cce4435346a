"""A database of the tenant."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pbx.store.sources.source import MAX_ROWS, SourceAway
from pbx.store.sources.sql import SqlSource

NUMBER = "+441632960123"
QUERY = "SELECT id, name, kind AS entity_type, phone, born AS date_of_birth FROM people WHERE phone = :number"


def filled(folder: Path, n: int) -> str:
    with closing(sqlite3.connect(folder / "crm.db")) as database:
        database.execute("CREATE TABLE people (id INTEGER, name TEXT, kind TEXT, phone TEXT, born DATE)")
        rows = [(i, f"Ann {i}", "individual", NUMBER, "1980-02-03") for i in range(n)]
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
        database.commit()
    return f"sqlite+aiosqlite:///{folder}/crm.db"


async def test_who_has_a_number(tmp_path: Path) -> None:
    source = SqlSource("crm", "GB", filled(tmp_path, 2), QUERY)
    assert [one.key for one in await source.by_number(NUMBER)] == ["0", "1"]
    assert await source.by_number("+441632960199' OR 1=1 --") == []
    await source.close()


@pytest.mark.parametrize(
    ("n", "query"), [(MAX_ROWS + 1, QUERY), (1, "SELECT * FROM nothing WHERE x = :number")]
)
async def test_a_database_that_does_not_say(tmp_path: Path, n: int, query: str) -> None:
    source = SqlSource("crm", "GB", filled(tmp_path, n), query)
    with pytest.raises(SourceAway) as caught:
        await source.by_number(NUMBER)
    assert str(caught.value).startswith("crm: ") and NUMBER not in str(caught.value)
    await source.close()
