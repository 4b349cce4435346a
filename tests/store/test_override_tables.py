"""The table of overrides has the columns of its value, and is made by the migration."""

from dataclasses import fields

from pbx.lifecycle.override import Override
from pbx.store.override_tables import OverrideRow


def test_a_row_is_an_override() -> None:
    columns = [column.name for column in OverrideRow.__table__.columns]
    assert columns == [field.name for field in fields(Override)]
