"""The tables as classes: what all of them have to keep to."""

from sqlalchemy import DateTime

from pbx.store.base import Utc
from pbx.store.tables import Base


def test_every_time_is_aware() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    naive = [str(column) for column in columns if isinstance(column.type, DateTime)]
    assert naive == []
    assert any(isinstance(column.type, Utc) for column in columns)


def test_the_tables_of_other_files_are_known() -> None:
    others = {"legal_holds", "restrictions", "disclosures", "due_notices", "erasures"}
    assert others <= set(Base.metadata.tables)
