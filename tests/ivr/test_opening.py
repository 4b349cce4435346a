"""The step `schedule`: which way it goes, and what it tells of itself."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from pbx.ivr.opening import Schedule
from pbx.schedules.holiday import Holiday
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule as Named
from pbx.schedules.switches import NO_SCHEDULES, Schedules

LONDON = ZoneInfo("Europe/London")
WEEK = Opening(spans={"mon": ((time(9), time(17)),)}, holidays=(Holiday(yearly=((12, 25), (12, 25))),))
STEP = Schedule(opening=WEEK, open="menu", closed="closed", holiday="feast")
MORNING = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)  # nine in the summer of London
CHRISTMAS = datetime(2026, 12, 25, 9, 0, tzinfo=UTC)


def test_the_step_chooses() -> None:
    assert STEP.chosen(MORNING, LONDON, NO_SCHEDULES) == "menu"
    assert STEP.chosen(MORNING, UTC, NO_SCHEDULES) == "closed"
    assert STEP.chosen(CHRISTMAS, LONDON, NO_SCHEDULES) == "feast"
    assert STEP.chosen(None, LONDON, NO_SCHEDULES) == "closed"
    plain = Schedule(opening=WEEK, open="menu", closed="closed")
    assert plain.chosen(CHRISTMAS, LONDON, NO_SCHEDULES) == "closed"


def test_a_schedule_by_its_name_has_a_zone_of_its_own() -> None:
    step = Schedule(name="office", open="menu", closed="closed", holiday="feast")
    known = Schedules(schedules={"office": Named(name="office", opening=WEEK, zone=LONDON)})
    assert step.chosen(MORNING, UTC, known) == "menu"
    assert step.chosen(CHRISTMAS, UTC, known) == "feast"
    assert step.chosen(None, UTC, known) == "closed"
    assert step.chosen(MORNING, UTC, NO_SCHEDULES) == "closed"


def test_the_step_tells_of_itself() -> None:
    assert STEP.following == ("menu", "closed", "feast")
    assert STEP.words == "goes to menu in opening hours, else to closed, on a holiday to feast"
    assert Schedule(name="office", open="a", closed="b").words == "goes to a when office is open, else to b"
    assert not STEP.waits
