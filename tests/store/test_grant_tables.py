"""The table of grants."""

from pbx.store.grant_tables import GrantRow
from pbx.store.tables import Base


def test_the_table_is_among_all_tables_and_has_its_indices() -> None:
    table = Base.metadata.tables[GrantRow.__tablename__]
    assert {index.name for index in table.indexes} == {"ix_grants_alive", "ix_grants_call"}
    assert [column.name for column in table.primary_key] == ["jti"]
