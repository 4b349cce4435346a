"""The table of agents."""

from pbx.store.agent_tables import AgentRow
from pbx.store.tables import Base


def test_the_table_is_among_all_tables() -> None:
    table = Base.metadata.tables[AgentRow.__tablename__]
    assert [column.name for column in table.primary_key] == ["tenant", "extension"]
