"""The tables of one-time codes."""

import pytest
from sqlalchemy import LargeBinary

from pbx.store.code_tables import CodeSend, OneTimeCode
from pbx.store.tables import Base


@pytest.mark.requirement("V-09")
@pytest.mark.requirement("V-11")
def test_neither_a_code_nor_a_number_has_a_column_in_clear() -> None:
    columns = [
        column
        for table in (OneTimeCode, CodeSend)
        for column in Base.metadata.tables[table.__tablename__].columns
    ]
    tags = {column.name for column in columns if isinstance(column.type, LargeBinary)}
    assert tags == {"code_tag", "tag"}
    assert not {"number", "to", "phone", "email", "text"} & {column.name for column in columns}
