"""Lamps of schedules: lit while it is closed, by the minute, and at once when somebody switches."""

from dataclasses import replace
from datetime import UTC, datetime, time

from pbx.call.schedule_lamps import LOOK_S, ScheduleLamps
from pbx.call.start import TenantPlan
from pbx.core.wall import Wall
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Schedules, Switched, Switches
from pbx.sip.effects import SetLine
from tests.call.support import board_with

FOUR = datetime(2026, 11, 30, 16, 59, 30, tzinfo=UTC)
WALL = Wall(FOUR, 100.0)
OFFICE = Schedule(name="office", opening=Opening(spans={"mon": ((time(9), time(17)),)}), code="*28")
SHOP = replace(OFFICE, name="shop", code="")


def plan(switches: Switches, *schedules: Schedule) -> TenantPlan:
    ours = Schedules(tenant="acme", schedules={one.name: one for one in schedules}, switches=switches)
    return replace(board_with().tenant_plan, schedules=ours)


def lit(lamps: list[SetLine]) -> dict[str, bool]:
    return {one.extension: bool(one.dialogs) for one in lamps}


def test_a_lamp_goes_by_the_hours_and_by_who_switches() -> None:
    switches = Switches()
    lamps = ScheduleLamps({"acme": plan(switches, OFFICE, SHOP)})
    assert lamps.deadline == 0.0
    assert lamps.tick(100.0, WALL) == []  # it is open, as a lamp that nobody has lit
    assert lamps.deadline == 100.0 + LOOK_S
    assert lamps.tick(100.5, WALL) == []
    switches.note("acme", "office", Switched(position="closed", by="alice", at=FOUR))
    (lamp,) = lamps.tick(101.0, WALL)
    assert (lamp.tenant, lit([lamp])) == ("acme", {"*28": True})
    assert lamp.dialogs[0].state == "confirmed"
    switches.note("acme", "office", None)
    assert lit(lamps.tick(102.0, WALL)) == {"*28": False}
    assert lamps.tick(129.9, WALL) == []
    assert lit(lamps.tick(131.0, WALL)) == {"*28": True}  # five o'clock


def test_a_code_that_is_taken_out_leaves_no_lamp() -> None:
    lamps = ScheduleLamps({"acme": plan(Switches(), OFFICE)})
    assert lit(lamps.tick(200.0, WALL)) == {"*28": True}
    lamps.swap({"acme": plan(Switches(), SHOP)})
    assert lit(lamps.tick(201.0, WALL)) == {"*28": False}
    assert lamps.deadline is None


def test_without_codes_nobody_looks() -> None:
    lamps = ScheduleLamps({"acme": plan(Switches(), SHOP)})
    assert lamps.deadline is None
    assert lamps.tick(100.0, WALL) == []
