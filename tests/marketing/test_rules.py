"""The rule file: what is shipped, which rows a number has, and what a wrong row says."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
import yaml

from pbx.core.errors import ConfigError
from pbx.marketing.rules import CallingRules
from tests.marketing.known import BERLIN, LONDON, MIAMI, NEW_YORK, PARIS, RULES

DATA: dict[str, Any] = yaml.safe_load((resources.files("pbx.marketing") / "rules.yaml").read_text())


def regions(number: str) -> list[str]:
    place = RULES.place(number)
    return [rule.region for rule in RULES.of(number, place)] if place is not None else []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (LONDON, ["GB"]),
        ("+447700900123", ["GB"]),
        ("+441632960100", ["GB"]),
        ("+441534123456", []),  # Jersey has a law of its own
        (PARIS, ["FR"]),
        ("+590590123456", []),  # Guadeloupe
        (BERLIN, ["DE"]),
        (NEW_YORK, ["US"]),
        (MIAMI, ["US", "US-FL"]),
        ("+18005550100", []),
        ("+14165550100", []),  # Toronto
        ("+61291234567", []),
    ],
)
def test_every_row_of_a_number_counts(number: str, expected: list[str]) -> None:
    assert regions(number) == expected


def test_shipped_rows_are_dated_cited_and_fresh() -> None:
    assert all(rule.cite and rule.checked_on for rule in RULES.rows)
    assert RULES.stale(date(2026, 11, 29)) == ()
    assert set(RULES.stale(date(2026, 11, 29) + timedelta(days=366))) == {row.region for row in RULES.rows}


def test_a_calendar_that_runs_out_is_stale_before_it_does() -> None:
    fresh = deepcopy(DATA)
    for row in fresh["rules"]:
        row["checked_on"] = "2028-11-01"
    assert set(CallingRules(fresh).stale(date(2028, 11, 1))) == {"GB", "FR"}


def test_consent_is_needed_since_a_day() -> None:
    (france,) = (row for row in RULES.rows if row.region == "FR")
    assert not france.needs_consent(datetime(2026, 8, 10, 23, 59, 59, tzinfo=UTC))
    assert france.needs_consent(datetime(2026, 8, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("region", ""),
        ("region", 7),
        ("numbers", ["44"]),
        ("numbers", ["+4x"]),
        ("drama", [44]),
        ("hours", {"mon": ["x"]}),
        ("holidays", ["soon"]),
        ("holidays_until", "soon"),
        ("lists", {"tps": 0}),
        ("lists", {"tps": "28"}),
        ("lists", {"tps": True}),
        ("consent_from", "soon"),
        ("at_most", [{"calls": 0, "days": 1}]),
        ("at_most", [{"calls": 1}]),
        ("at_most", 4),
        ("rest_days", {"asleep": 1}),
        ("cite", None),
        ("confidence", "X"),
        ("checked_on", "never"),
    ],
)
def test_a_wrong_row_is_named(key: str, value: object) -> None:
    data = deepcopy(DATA)
    data["rules"][1][key] = value
    with pytest.raises(ConfigError) as caught:
        CallingRules(data)
    assert caught.value.path == "rules[1]"


@pytest.mark.parametrize(
    "data", [{}, {"version": "1"}, {"version": "1", "rules": []}, {"version": "1", "rules": {}}]
)
def test_a_file_without_rows_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        CallingRules(data)


def test_a_missing_and_an_unknown_key_are_refused() -> None:
    for change in ({"cite": None}, {"colour": "red"}):
        data = deepcopy(DATA)
        row = data["rules"][0]
        if "cite" in change:
            del row["cite"]
        else:
            row |= change
        with pytest.raises(ConfigError, match="exactly"):
            CallingRules(data)
