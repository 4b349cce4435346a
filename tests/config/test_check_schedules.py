"""Schedules and those who go by them: unknown names, conditions that never hold, what is out of date."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.config.load import load
from tests.config.conftest import Spoil

WHEN = "{schedule: {office: open}}"
LINE = f"    - {{flow: support, when: {WHEN}}}\n"
SAMPLE = "  01632 960100: {flow: support}\n"
OFFICE = 'schedules:\n  office: {hours: {mon-fri: ["08:30-18:00"]}, holidays: ["12-25"]}\n'
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hours(folder: Path) -> None:
    """The main number goes by a schedule."""
    (folder / "acme/schedules.yaml").write_text(OFFICE)
    file = folder / "acme/dialplan.yaml"
    written = file.read_text().replace(SAMPLE, f"  01632 960100:\n{LINE}    - {{flow: support}}\n")
    file.write_text(written)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (
            "{schedule: {ofice: open}}",
            "schedule.ofice: there is no schedule ofice (did you mean office?)",
        ),
        ("{schedule: {shop: open}}", "there is no schedule shop (schedules are written in schedules.yaml)"),
        ("{schedule: {office: opened}}", "did you mean open?"),
        ("{verified: V2}", "never holds: nobody is verified before his call has gone somewhere"),
        ("{caler: withheld}", "did you mean caller?"),
        ('{caller: "0770*"}', "expected a number in full"),
    ],
)
def test_conditions(spoil: Spoil, when: str, expected: str) -> None:
    [line] = spoil("acme/dialplan.yaml", WHEN, when)
    assert line.startswith("config/acme/dialplan.yaml:3:")
    assert expected in line


def test_a_way_in_which_a_schedule_never_is(folder: Path, spoil: Spoil) -> None:
    (folder / "acme/schedules.yaml").write_text('schedules: {office: {hours: {mon: ["09:00-17:00"]}}}\n')
    [line] = spoil("acme/dialplan.yaml", WHEN, "{schedule: {office: holiday}}")
    assert "never holds: office has no holidays (write some)" in line


def warned(folder: Path, words: str) -> list[str]:
    return [line for line in load(folder, now=NOW).warnings if words in line]


def test_a_schedule_that_nothing_goes_by(folder: Path) -> None:
    assert not warned(folder, "nothing goes by")
    file = folder / "acme/dialplan.yaml"
    file.write_text(file.read_text().replace(LINE, ""))
    (line,) = warned(folder, "nothing goes by the schedule office")
    assert line.startswith("config/acme/schedules.yaml:2:3: schedules.office")


def test_what_is_out_of_date(folder: Path) -> None:
    file = folder / "acme/schedules.yaml"
    old = 'hours: {mon: ["09:00-17:00"]}, holidays: ["2025-12-24/2026-11-29"], checked_on: 2025-11-29'
    file.write_text(f"schedules: {{office: {{{old}}}}}\n")
    assert len(warned(folder, "all of these holidays are over")) == 1
    assert len(warned(folder, "nobody has looked at it for more than 12 months")) == 1
    new = old.replace("2026-11-29", "2026-11-30").replace("2025-11-29", "2025-11-30")
    file.write_text(f"schedules: {{office: {{{new}}}}}\n")
    assert not warned(folder, "holidays are over") and not warned(folder, "12 months")


def test_a_header_that_no_trunk_lets_pass(folder: Path) -> None:
    file = folder / "acme/dialplan.yaml"
    file.write_text(file.read_text().replace(LINE, LINE + "    - {flow: echo, when: {header: {X-A: b}}}\n"))
    (line,) = warned(folder, "no trunk lets the header X-A pass")
    assert line.startswith("config/acme/dialplan.yaml:4:")
    trunks = folder / "acme/trunks.yaml"
    name = next(one for one in load(folder).tenants["acme"].trunks)
    text = trunks.read_text().replace(f"  {name}:\n", f"  {name}:\n    headers: {{in: {{pass: [X-A]}}}}\n", 1)
    trunks.write_text(text)
    assert not warned(folder, "no trunk lets")
