"""Times of `GotoIfTime` as opening hours."""

import pytest

from pbx.importers.times import days_of_year, hours_of, written

NIGHT = ["00:00-06:00", "22:00-24:00"]


@pytest.mark.parametrize(
    ("times", "weekdays", "hours"),
    [
        ("09:00-17:29", "mon-fri", {"mon-fri": ["09:00-17:30"]}),
        ("*", "sat&sun", {"sat-sun": ["00:00-24:00"]}),
        (
            "22:00-05:59",
            "fri-mon",
            {"mon": ["00:00-06:00", "22:00-24:00"], "fri-sun": ["00:00-06:00", "22:00-24:00"]},
        ),
        ("9:00-9:59&14:00-23:59", "wed", {"wed": ["09:00-10:00", "14:00-24:00"]}),
        ("25:00-26:00", "mon", None),
        ("noon", "mon", None),
        ("*", "someday", None),
    ],
)
def test_hours(times: str, weekdays: str, hours: dict[str, list[str]] | None) -> None:
    assert hours_of(times, weekdays) == hours


@pytest.mark.parametrize(
    ("days", "months", "dates"),
    [
        ("*", "*", []),
        ("25-26", "dec", ["12-25", "12-26"]),
        ("31", "feb-mar", ["03-31"]),
        ("1", "*", None),
        ("x", "jan", None),
    ],
)
def test_days_of_the_year(days: str, months: str, dates: list[str] | None) -> None:
    assert days_of_year(days, months) == dates


def test_days_that_are_alike_are_joined() -> None:
    assert written({0: [(0, 60)], 1: [(0, 60)], 3: [(60, 120)]}) == {
        "mon-tue": ["00:00-01:00"],
        "thu": ["01:00-02:00"],
    }
