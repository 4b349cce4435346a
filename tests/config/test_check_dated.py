"""Rules that are older than a year are told of, where somebody knows which day it is."""

from datetime import UTC, datetime
from pathlib import Path

from pbx.config.load import load

TODAY = datetime(2026, 11, 30, tzinfo=UTC)
LATER = datetime(2028, 1, 1, tzinfo=UTC)


def told(folder: Path, now: datetime | None) -> list[str]:
    return [line for line in load(folder, now=now).warnings if "12 months" in line]


def test_the_rules_of_the_product(folder: Path) -> None:
    assert told(folder, None) == told(folder, TODAY) == []
    (found,) = told(folder, LATER)
    assert found.startswith("rules of the product:1:1: rules: ")
    assert "rules of recording were checked more than 12 months ago, " in found
    assert found.endswith("(install a newer version)")


def test_rules_of_marketing_only_where_somebody_calls(folder: Path) -> None:
    (folder / "acme/marketing.yaml").write_text("extensions: [1001]\n")
    assert told(folder, TODAY) == []
    (found,) = (line for line in told(folder, LATER) if "marketing" in line)
    assert found.startswith("config/acme/marketing.yaml:1:13: extensions: rules of marketing calls are older")
    assert "GB" in found and found.endswith("(install a newer version)")


def test_holidays_that_are_over(folder: Path) -> None:
    hours = 'hours: {schedule: {hours: {mon: ["09:00-17:00"]}, holidays: ["2026-11-30"]}, open: a, closed: a}'
    text = f"flow: support\nstart: hours\nsteps:\n  {hours}\n  a: {{hang_up: Bye}}\n"
    (folder / "acme/flows/support.yaml").write_text(text)

    def over(now: datetime | None) -> list[str]:
        return [line for line in load(folder, now=now).warnings if "holidays are over" in line]

    assert over(None) == over(TODAY) == []
    (found,) = over(LATER)
    assert found.startswith("config/acme/flows/support.yaml:4:")
    assert "steps.hours.schedule.holidays" in found
