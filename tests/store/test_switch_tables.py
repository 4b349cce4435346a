"""The table of switched schedules has the columns of its value behind its key."""

from dataclasses import fields

from pbx.schedules.switches import Switched
from pbx.store.switch_tables import SwitchRow


def test_a_row_is_a_switch() -> None:
    columns = [column.name for column in SwitchRow.__table__.columns]
    assert columns == ["tenant", "schedule", *(field.name for field in fields(Switched))]
