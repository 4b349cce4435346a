"""The step `schedule` as it is written, through files, checks and the rehearsal of calls."""

from datetime import date, time
from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.assembly.plan_tests import rehearsal_plans
from pbx.config.load import ConfigProblems, load
from pbx.config.steps_opening import MAX_HOLIDAYS, MAX_SPANS, ScheduleArguments
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


def made(hours: object, holidays: object = ()) -> ScheduleArguments:
    return ScheduleArguments.model_validate({"hours": hours, "holidays": holidays})


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


def test_several_spans_and_days() -> None:
    built = made({"mon-tue": ["09:00-12:00", "13:00-24:00"], "wed": []}, ["12-25", "2027-03-26"]).build()
    both = ((time(9), time(12)), (time(13), None))
    assert built.spans == {"mon": both, "tue": both, "wed": ()}
    assert built.dates == {date(2027, 3, 26)}
    assert built.yearly == {(12, 25)}
    assert made({"mon": ["09:00-10:00"]}, [date(2027, 3, 26)]).build().dates == {date(2027, 3, 26)}
    assert made({"mon": ["09:00-10:00"]}, ["02-29"]).build().yearly == {(2, 29)}


@pytest.mark.parametrize(
    ("hours", "holidays", "words"),
    [
        ({}, (), "expected days with their hours"),
        ({"mon": []}, (), "never open"),
        ({"monday": ["09:00-10:00"]}, (), "expected a day such as mon"),
        ({"fri-mon": ["09:00-10:00"]}, (), "the week begins on Monday"),
        ({"mon-fri": ["09:00-10:00"], "tue": []}, (), "tue has two entries"),
        ({"mon": "09:00-10:00"}, (), "expected a list"),
        ({"mon": ["22:00-02:00"]}, (), "those of the next day"),
        ({"mon": ["09:00-09:00"]}, (), "expected a span"),
        ({"mon": ["25:00-26:00"]}, (), "expected a span"),
        ({"mon": ["09:00-11:00", "10:00-12:00"]}, (), "follow each other"),
        ({"mon": ["09:00-24:00", "10:00-12:00"]}, (), "follow each other"),
        ({"mon": ["09:00-10:00"]}, ["Christmas"], "expected a day such as"),
        ({"mon": ["09:00-10:00"]}, ["2026-02-29"], "there is no such day"),
        ({"mon": ["09:00-10:00"]}, ["13-01"], "there is no such day"),
        ({"mon": ["09:00-10:00"]}, ["12-25", "12-25"], "listed twice"),
    ],
)
def test_what_is_refused(hours: object, holidays: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(hours, holidays)


def test_limits() -> None:
    spans = [f"{hour:02}:00-{hour:02}:30" for hour in range(MAX_SPANS + 1)]
    assert len(made({"mon": spans[:-1]}).build().spans["mon"]) == MAX_SPANS
    with pytest.raises(ValidationError, match="at most"):
        made({"mon": spans})
    days = [f"{2000 + i // 28}-01-{i % 28 + 1:02}" for i in range(MAX_HOLIDAYS + 1)]
    assert len(made({"mon": spans[:1]}, days[:-1]).build().dates) == MAX_HOLIDAYS
    with pytest.raises(ValidationError, match="at most"):
        made({"mon": spans[:1]}, days)
