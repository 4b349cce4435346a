"""Holidays: days and ranges, of one year or of every one."""

from datetime import date

import pytest

from pbx.schedules.holiday import parse_holiday


@pytest.mark.parametrize(
    ("written", "within", "outside"),
    [
        ("2026-12-25", ["2026-12-25"], ["2026-12-24", "2026-12-26", "2027-12-25"]),
        ("12-25", ["2026-12-25", "2040-12-25"], ["2026-12-24"]),
        ("2026-12-24/2027-01-01", ["2026-12-24", "2027-01-01"], ["2026-12-23", "2027-01-02", "2027-12-24"]),
        ("12-24/01-01", ["2026-12-24", "2027-01-01", "2031-12-31"], ["2026-12-23", "2027-01-02"]),
        ("08-01 / 08-14", ["2026-08-01", "2027-08-14"], ["2026-07-31", "2027-08-15"]),
        ("02-29", ["2028-02-29"], ["2027-02-28", "2027-03-01"]),
    ],
)
def test_days(written: str, within: list[str], outside: list[str]) -> None:
    holiday = parse_holiday(written, "x")
    assert all(holiday.covers(date.fromisoformat(day)) for day in within)
    assert not any(holiday.covers(date.fromisoformat(day)) for day in outside)


def test_over() -> None:
    assert parse_holiday("2026-12-25").is_over(date(2026, 12, 26))
    assert not parse_holiday("2026-12-25").is_over(date(2026, 12, 25))
    assert not parse_holiday("12-25").is_over(date(2099, 12, 26))


@pytest.mark.parametrize("written", ["", "/", "Christmas", "2026-12-25/", "12-25/2026-12-26", "٢٠٢٦-12-25"])
def test_what_is_no_day(written: str) -> None:
    with pytest.raises(ValueError, match="expected a day"):
        parse_holiday(written)
