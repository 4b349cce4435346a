"""Calendars of schedules: files in the tenant's folder, and what is said of those that cannot be read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.config import calendars
from pbx.config.calendars import MAX_CALENDARS
from pbx.config.load import ConfigProblems, load
from pbx.config.schedules import WrittenNamed

FILE = """\
schedules:
  office:
    hours: {mon-fri: ["09:00-17:00"]}
    calendars: [{file: england.ics}]
"""
EVENT = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas\nEND:VEVENT\n"
CALENDAR = f"BEGIN:VCALENDAR\n{EVENT}END:VCALENDAR\n"


@pytest.fixture
def acme(folder: Path) -> Path:
    (folder / "acme/schedules.yaml").write_text(FILE)
    (folder / "acme/england.ics").write_text(CALENDAR)
    return folder / "acme"


def wrong(acme: Path) -> str:
    with pytest.raises(ConfigProblems) as caught:
        load(acme.parent)
    (error,) = caught.value.errors
    return str(error)


def test_its_events_are_holidays(folder: Path, acme: Path) -> None:
    office = load(folder).tenants["acme"].schedules["office"]
    assert str(office.at(datetime(2026, 12, 25, 10, tzinfo=UTC))) == "closed for the holiday Christmas"
    assert office.at(datetime(2026, 12, 28, 10, tzinfo=UTC)).kind == "open"


def test_or_times_that_are_open(folder: Path, acme: Path) -> None:
    (acme / "schedules.yaml").write_text(FILE.replace("england.ics", "england.ics, as: open"))
    office = load(folder).tenants["acme"].schedules["office"]
    assert office.at(datetime(2026, 12, 25, 23, tzinfo=UTC)).kind == "open"


def test_files_that_cannot_be_read(acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = acme / "england.ics"
    file.write_text(CALENDAR.replace("20261225", "tomorrow"))
    assert wrong(acme).startswith("config/acme/england.ics:3:1: ")
    file.write_bytes(CALENDAR.encode() + b"\xff")
    assert "not UTF-8" in wrong(acme)
    file.write_text(CALENDAR)
    monkeypatch.setattr(calendars, "MAX_OCTETS", len(CALENDAR) - 1)
    assert "has more than" in wrong(acme)
    monkeypatch.setattr(calendars, "MAX_OCTETS", len(CALENDAR))
    load(acme.parent)
    file.unlink()
    expected = "4:24: schedules.office.calendars.0.file: there is no file england.ics"
    assert wrong(acme).startswith(f"config/acme/schedules.yaml:{expected}")
    (acme / "schedules.yaml").write_text(FILE.replace("england.ics", "../pbx.yaml"))
    assert "there is no file ../pbx.yaml in the tenant's folder" in wrong(acme)


def test_a_calendar_that_is_over(folder: Path, acme: Path) -> None:
    def over(day: int) -> list[str]:
        found = load(folder, now=datetime(2026, 12, day, tzinfo=UTC)).warnings
        return [line for line in found if "holidays are over" in line]

    assert not over(25)
    (line,) = over(26)
    assert line.startswith("config/acme/schedules.yaml:4:16: schedules.office.calendars")


def test_limit() -> None:
    written = {"hours": {"mon": ["09:00-17:00"]}, "calendars": [{"file": "a.ics"}] * MAX_CALENDARS}
    assert len(WrittenNamed.model_validate(written).calendars) == MAX_CALENDARS
    with pytest.raises(ValidationError):
        WrittenNamed.model_validate(written | {"calendars": [{"file": "a.ics"}] * (MAX_CALENDARS + 1)})
