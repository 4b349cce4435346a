"""The tables of plans."""

import pytest
from sqlalchemy import LargeBinary

from pbx.store.plan_tables import PlanContent, PlanVersion
from pbx.store.tables import Base


@pytest.mark.requirement("ADM-04")
def test_files_are_sealed_and_who_changed_them_is_readable() -> None:
    versions = Base.metadata.tables[PlanVersion.__tablename__].columns
    contents = Base.metadata.tables[PlanContent.__tablename__].columns
    assert {"author", "cause", "comment", "at", "digest"} <= set(versions.keys())
    assert not any(isinstance(column.type, LargeBinary) for column in versions)
    assert isinstance(contents["content"].type, LargeBinary)
