"""The tables of the throttles."""

import pytest
from sqlalchemy import LargeBinary

from pbx.store.tables import Base
from pbx.store.throttle_tables import VerifyBreaker, VerifyGuess, VerifyRate, VerifyTry


@pytest.mark.requirement("V-09")
def test_they_name_tenants_and_nobody_else() -> None:
    columns = [
        column
        for table in (VerifyGuess, VerifyTry, VerifyRate, VerifyBreaker)
        for column in Base.metadata.tables[table.__tablename__].columns
    ]
    tags = {column.name for column in columns if isinstance(column.type, LargeBinary)}
    assert tags == {"guess", "record"}
    assert not {"customer", "number", "caller", "call", "trunk"} & {column.name for column in columns}
