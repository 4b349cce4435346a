"""The step `schedule` as it is written, through files, checks and the rehearsal of calls."""

from pathlib import Path

import pytest

from pbx.assembly.plan_tests import rehearsal_plans
from pbx.config.load import ConfigProblems, load
from pbx.ivr.opening import Schedule
from pbx.ivr.switching import SwitchSchedule
from pbx.rehearsal.trial import try_all

FLOW = """\
flow: support
start: hours
steps:
  hours:
    schedule:
      hours: {mon-fri: ["09:00-17:30"]}
      holidays: ["12-25"]
    open: welcome
    closed: night
    holiday: feast
  welcome: {hang_up: "Hello."}
  night: {hang_up: "We are closed."}
  feast: {hang_up: "Merry Christmas."}
"""
TESTS = """\
tests:
  in the morning:
    {from: "07700900123", to: "01632960100", at: "2026-11-30 09:00", expect: {says: ["Hello."]}}
  in the evening:
    {from: "07700900123", to: "01632960100", at: "2026-11-30 17:30", expect: {says: ["We are closed."]}}
  in summer, by the clock of the tenant:
    {from: "07700900123", to: "01632960100", at: "2026-07-06 09:00", expect: {says: ["Hello."]}}
  on a holiday:
    {from: "07700900123", to: "01632960100", at: "2026-12-25 10:00", expect: {says: ["Merry Christmas."]}}
"""


def test_calls_go_by_it(folder: Path) -> None:
    (folder / "acme/flows/support.yaml").write_text(FLOW)
    for file in (folder / "acme/tests").glob("*.yaml"):
        file.unlink()
    (folder / "acme/tests").mkdir(exist_ok=True)
    (folder / "acme/tests/hours.yaml").write_text(TESTS)
    config = load(folder)
    results = try_all(config.tenants.values(), rehearsal_plans(config))
    assert [one.tell() for one in results if not one.passed] == []
    assert len(results) == 4


def test_a_mistake_has_its_place(folder: Path) -> None:
    (folder / "acme/flows/support.yaml").write_text(FLOW.replace("17:30", "7:30"))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    (error,) = caught.value.errors
    assert (error.line, error.path) == (6, "steps.hours.schedule.hours")
    assert "expected a span such as 09:00-17:30" in error.message


def test_a_way_that_leads_nowhere(folder: Path) -> None:
    (folder / "acme/flows/support.yaml").write_text(FLOW.replace("closed: night", "closed: nigth"))
    with pytest.raises(ConfigProblems, match="nigth"):
        load(folder)


def test_a_schedule_by_its_name(folder: Path) -> None:
    named = FLOW[: FLOW.index("    schedule:")] + "    schedule: office\n" + FLOW[FLOW.index("    open:") :]
    (folder / "acme/schedules.yaml").write_text('schedules: {office: {hours: {mon: ["09:00-17:00"]}}}\n')
    (folder / "acme/flows/support.yaml").write_text(named)
    step = load(folder).tenants["acme"].flows["support"].steps["hours"]
    assert step == Schedule(name="office", open="welcome", closed="night", holiday="feast")
    (folder / "acme/flows/support.yaml").write_text(named.replace("schedule: office", "schedule: ofice"))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    (error,) = caught.value.errors
    assert (error.line, error.path, error.hint) == (5, "steps.hours.schedule", "did you mean office?")


def test_a_mistake_in_a_list_of_its_own_has_its_place(folder: Path) -> None:
    (folder / "acme/flows/support.yaml").write_text(FLOW.replace('["12-25"]', '["12-25", "13-01"]'))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    (error,) = caught.value.errors
    assert (error.line, error.path) == (7, "steps.hours.schedule.holidays.1")


def test_a_step_that_switches(folder: Path) -> None:
    flow = """\
flow: echo
start: shut
steps:
  shut: {switch_schedule: office, to: closed, open: echo, closed: echo, failed: echo}
  echo: {echo: null}
"""
    (folder / "acme/schedules.yaml").write_text('schedules: {office: {hours: {mon: ["09:00-17:00"]}}}\n')
    (folder / "acme/flows/echo.yaml").write_text(flow)
    step = load(folder).tenants["acme"].flows["echo"].steps["shut"]
    assert step == SwitchSchedule(schedule="office", to="closed", open="echo", closed="echo", failed="echo")
    (folder / "acme/flows/echo.yaml").write_text(
        flow.replace("switch_schedule: office", "switch_schedule: shop")
    )
    with pytest.raises(ConfigProblems, match="there is no schedule shop"):
        load(folder)
