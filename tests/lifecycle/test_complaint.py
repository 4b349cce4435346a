"""The clock of a complaint: 30 days that begin with the day of its receipt."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pbx.lifecycle.complaint import Complaint

RECEIVED = datetime(2026, 11, 2, 16, 30, tzinfo=UTC)
COMPLAINT = Complaint(
    complaint="c1",
    tenant="acme",
    received_at=RECEIVED,
    at=RECEIVED,
    channel="telephone",
    about="you have recorded my daughter",
    contact="+447700900123",
    actor="root",
    call="call-1",
    recording="rec-1",
)


@pytest.mark.requirement("D-14")
def test_the_last_day_counts_the_first() -> None:
    assert COMPLAINT.acknowledge_by == date(2026, 12, 1)


@pytest.mark.requirement("D-14")
@pytest.mark.parametrize(
    ("day", "state"),
    [
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), "received"),
        (datetime(2026, 11, 25, tzinfo=UTC), "due"),
        (datetime(2026, 12, 1, 23, 59, tzinfo=UTC), "due"),
        (datetime(2026, 12, 2, tzinfo=UTC), "overdue"),
    ],
)
def test_where_it_stands(day: datetime, state: str) -> None:
    assert COMPLAINT.state(day) == state
    answered = replace(COMPLAINT, acknowledged_at=RECEIVED + timedelta(days=1))
    assert answered.state(day) == "acknowledged"
    assert replace(answered, closed_at=day).state(day) == "closed"


def test_its_fact_has_neither_what_it_says_nor_who_complains() -> None:
    fact = COMPLAINT.fact("opened", "root")
    assert (fact.kind, fact.tenant) == ("complaint.opened", "acme")
    assert not {COMPLAINT.about, COMPLAINT.contact} & {str(one) for one in fact.details.values()}
    assert fact.details["acknowledge_by"] == "2026-12-01"
