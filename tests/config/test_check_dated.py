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
