"""Every column of the database is in the register of data: what it is, why it is kept, until when (D-01)."""

from typing import get_args

import pytest

from pbx.store.kept import RETENTION, Category
from pbx.store.register import TABLES, tag_of
from pbx.store.tables import Base

pytestmark = pytest.mark.requirement("D-01")


def test_no_column_is_without_a_tag() -> None:
    missing = [
        f"{table.name}.{column.name}: say in pbx/store/register.py what it is, and why it is kept"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if tag_of(column) is None
    ]
    assert missing == []


def test_no_tag_is_left_over_or_there_twice() -> None:
    for table, kept in TABLES.items():
        names = [name for those in kept.columns.values() for name in those.split()]
        assert sorted(names) == sorted(column.name for column in Base.metadata.tables[table].columns), table


def test_tags_are_of_known_words() -> None:
    assert {kept.retention for kept in TABLES.values()} == set(RETENTION)
    assert {one for kept in TABLES.values() for one in kept.columns} == set(get_args(Category))


def test_what_is_sealed_or_a_tag_of_a_number_is_personal() -> None:
    """Nobody hides a number or a name among the columns that say nothing; `screenings` names registers."""
    for table in Base.metadata.tables.values():
        for column in table.columns:
            found = tag_of(column)
            if (
                column.name in ("phone_tag", "caller_tag", "number", "name", "phone", "called")
                and table.name != "screenings"
            ):
                assert found is not None and found.category in ("identity", "contact"), f"{table}.{column}"
