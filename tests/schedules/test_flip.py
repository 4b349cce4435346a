"""Switching by hand is against the hours, and ends with them."""

from datetime import UTC, datetime, time

import pytest

from pbx.schedules.flip import Wish, flipped
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Position, Schedules, Switched, Switches

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 30, 20, tzinfo=UTC)
FIVE = datetime(2026, 11, 30, 17, tzinfo=UTC)
MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)
OFFICE = Schedule(name="office", opening=Opening(spans={"mon": ((time(9), time(17)),)}))


def known(position: Position | None = None) -> Schedules:
    switches = Switches()
    if position is not None:
        switches.note("acme", "office", Switched(position=position, by="bob", at=NOON))
    return Schedules(tenant="acme", schedules={"office": OFFICE}, switches=switches)


@pytest.mark.parametrize(
    ("now", "before", "to", "position", "until"),
    [
        (NOON, None, "other", "closed", FIVE),
        (NOON, "closed", "other", None, None),  # open again, as the hours say
        (NIGHT, None, "other", "open", MONDAY),
        (NIGHT, "closed", "other", "open", MONDAY),  # closed by hand beyond its hours
        (NOON, None, "open", None, None),
        (NOON, None, "closed", "closed", FIVE),
        (NIGHT, "open", "hours", None, None),
    ],
)
def test_what_is_switched(
    now: datetime, before: Position | None, to: Wish, position: Position | None, until: datetime | None
) -> None:
    found = flipped(known(before), "office", to, "alice", now)
    if position is None:
        assert found is None
    else:
        assert found == Switched(position=position, by="alice", at=now, until=until)


def test_what_is_gone_is_not_switched() -> None:
    assert flipped(known(), "gone", "other", "alice", NOON) is None
