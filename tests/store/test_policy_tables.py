"""The tables of policies and complaints have the columns of their values."""

from dataclasses import fields

from pbx.lifecycle.complaint import Complaint
from pbx.lifecycle.policy_text import KeptPolicy
from pbx.store.policy_tables import ComplaintRow, PolicyRow


def test_rows_are_policies_and_complaints() -> None:
    assert [column.name for column in PolicyRow.__table__.columns] == [one.name for one in fields(KeptPolicy)]
    assert {column.name for column in ComplaintRow.__table__.columns} == {
        one.name for one in fields(Complaint)
    }
