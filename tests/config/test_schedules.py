"""`schedules.yaml`: names, zones and what becomes of them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pbx.config.load import ConfigProblems, load
from pbx.config.schedules import MAX_SCHEDULES, MAX_SWITCHERS, WrittenNamed

FILE = """\
schedules:
  office: {title: the office, hours: {mon-fri: ["09:00-17:00"]}, holidays: {Christmas: ["12-25"]}}
  shop:
    hours: {sat: ["22:00-02:00"]}
    timezone: America/New_York
    exceptions: {2026-12-24: []}
    checked_on: 2026-11-30
"""


def test_schedules_have_a_zone(folder: Path) -> None:
    (folder / "acme/schedules.yaml").write_text(FILE)
    office, shop = load(folder).tenants["acme"].schedules.values()
    assert (office.name, office.title, office.zone) == ("office", "the office", ZoneInfo("Europe/London"))
    assert (shop.title, shop.zone) == ("shop", ZoneInfo("America/New_York"))
    assert shop.place == "config/acme/schedules.yaml:3"
    assert office.at(datetime(2026, 7, 6, 8, 0, tzinfo=UTC)).kind == "open"
    assert str(office.at(datetime(2026, 12, 25, 8, 0, tzinfo=UTC))) == "closed for the holiday Christmas"


def test_without_the_file_there_are_none(folder: Path) -> None:
    (folder / "acme/schedules.yaml").unlink()
    assert load(folder).tenants["acme"].schedules == {}


def test_limit(folder: Path) -> None:
    def write(n: int) -> None:
        more = "".join(f'  s{i}: {{hours: {{mon: ["09:00-17:00"]}}}}\n' for i in range(n - 2))
        (folder / "acme/schedules.yaml").write_text(FILE + more)

    write(MAX_SCHEDULES)
    assert len(load(folder).tenants["acme"].schedules) == MAX_SCHEDULES
    write(MAX_SCHEDULES + 1)
    with pytest.raises(ConfigProblems, match="too many|at most"):
        load(folder)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "America/New_York",
            "America/New_Yok",
            "5:15: schedules.shop.timezone: unknown time zone",
        ),
        ("2026-11-30", "yesterday", "expected a date"),
        ("sat:", "sta:", "expected a day such as mon"),
        ("12-25", "12-32", "there is no such day"),
        ("hours: {sat", "hous: {sat", "did you mean hours?"),
    ],
)
def test_mistakes(folder: Path, old: str, new: str, expected: str) -> None:
    (folder / "acme/schedules.yaml").write_text(FILE.replace(old, new))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    assert expected in str(caught.value)
    assert "config/acme/schedules.yaml:" in str(caught.value)


def test_a_code_switches_it_and_says_how_it_is(folder: Path) -> None:
    file = folder / "acme/schedules.yaml"
    file.write_text(
        FILE.replace("the office,", 'the office, code: "*28", switched_by: [1001], says_closed: Good night.,')
    )
    tenant = load(folder).tenants["acme"]
    (rule,) = tenant.rules.switches
    assert (rule.code, rule.flow, rule.by) == ("*28", "schedule/office", frozenset({"1001"}))
    assert rule.place == "config/acme/schedules.yaml:2"
    flow = tenant.flows[rule.flow]
    assert flow.steps["switch"].following == ("open", "closed", "failed")
    texts = [getattr(flow.steps[name], "text", "") for name in ("open", "closed")]
    assert texts == ["The office is open.", "Good night."]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ('code: "*90",', "*90 is the code of watch already"),
        ('code: "*9",', "*9 is the beginning of *90 (watch)"),
        ("code: 28,", "what looks like a number needs quotes"),
        ('code: "28",', "a star and 1 to 4 digits"),
        ('code: "*28", switched_by: [1001, 1009],', "switched_by.1: there is no extension 1009"),
        ("switched_by: [1001],", "it has no code, so nobody switches it by telephone"),
    ],
)
def test_codes_that_are_wrong(folder: Path, new: str, expected: str) -> None:
    (folder / "acme/schedules.yaml").write_text(FILE.replace("the office,", f"the office, {new}"))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    assert expected in str(caught.value)


def test_two_schedules_of_one_code(folder: Path) -> None:
    both = FILE.replace("the office,", 'the office, code: "*28",').replace(
        "  shop:", '  shop:\n    code: "*28"'
    )
    (folder / "acme/schedules.yaml").write_text(both)
    with pytest.raises(ConfigProblems, match="is the code of the schedule office already"):
        load(folder)


@pytest.mark.parametrize(("n", "is_right"), [(MAX_SWITCHERS, True), (MAX_SWITCHERS + 1, False)])
def test_how_many_may_switch(n: int, is_right: bool) -> None:
    written = {"hours": {"mon": ["09:00-17:00"]}, "switched_by": [str(1000 + i) for i in range(n)]}
    if is_right:
        assert len(WrittenNamed.model_validate(written).switched_by) == n
    else:
        with pytest.raises(ValidationError):
            WrittenNamed.model_validate(written)
