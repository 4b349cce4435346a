"""The table of marks."""

from pbx.store.journal_tables import JournalMark
from pbx.store.tables import Base


def test_a_journal_has_one_mark() -> None:
    table = Base.metadata.tables[JournalMark.__tablename__]
    assert [column.name for column in table.primary_key] == ["journal"]
