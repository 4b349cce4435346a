"""What is switched by hand goes before the hours, for its time."""

from datetime import UTC, datetime, time, timedelta

from pbx.schedules.opening import Opening, State
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Schedules, Switched, Switches

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
OFFICE = Schedule(name="office", opening=Opening(spans={"mon": ((time(9), time(17)),)}))
HOUR = timedelta(hours=1)


def test_a_switch_holds_for_its_time() -> None:
    switches = Switches()
    ours = Schedules(tenant="acme", schedules={"office": OFFICE}, switches=switches)
    assert ours.state("office", NOON) == State(kind="open")
    switches.note("acme", "office", Switched(position="closed", by="alice", at=NOON, until=NOON + HOUR))
    assert ours.state("office", NOON) == State(kind="closed", by="alice")
    assert ours.state("office", NOON + HOUR) == State(kind="open")
    other = Schedules(tenant="other", schedules={"office": OFFICE}, switches=switches)
    assert other.state("office", NOON).kind == "open"
    switches.note("acme", "office", None)
    assert ours.state("office", NOON).kind == "open"


def test_what_the_store_says_is_all() -> None:
    switches, ever = Switches(), Switched(position="open", by="alice", at=NOON)
    switches.restore({("acme", "office"): ever})
    switches.restore({("acme", "office"): ever})
    assert switches.version == 1
    assert switches.of("acme", "office", NOON + 1000 * HOUR) == ever
    switches.restore({})
    assert switches.version == 2
    assert switches.of("acme", "office", NOON) is None


def test_nobody_knows() -> None:
    ours = Schedules(tenant="acme", schedules={"office": OFFICE})
    assert ours.state("office", None) == ours.state("gone", NOON) == State(kind="closed")
