"""`schedules.yaml`: names, zones and what becomes of them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx.config.load import ConfigProblems, load
from pbx.config.schedules import MAX_SCHEDULES

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
