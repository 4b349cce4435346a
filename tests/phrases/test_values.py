"""What can be read as a value, at its limits and one beyond."""

from datetime import date, time

import pytest

from pbx.phrases.spell import Unsayable
from pbx.phrases.values import (
    DateOrder,
    Number,
    Sum,
    read_date,
    read_keys,
    read_number,
    read_sum,
    read_time,
    read_whole,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", Number(is_negative=False, whole=0)),
        ("007", Number(is_negative=False, whole=7)),
        ("-12.50", Number(is_negative=True, whole=12, decimals="50")),
        ("-0.0", Number(is_negative=False, whole=0, decimals="0")),
        ("-0.1", Number(is_negative=True, whole=0, decimals="1")),
        ("9" * 15, Number(is_negative=False, whole=10**15 - 1)),
        ("1.123456", Number(is_negative=False, whole=1, decimals="123456")),
    ],
)
def test_numbers(text: str, number: Number) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1.",
        ".5",
        "1,5",
        "+1",
        "1e3",
        "9" * 16,
        "1.1234567",
        "--1",
        "1 000",
        "٣",
        "²",
        "1\n",
        " 1",
        "NaN",
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Unsayable) as caught:
        read_number(text)
    assert str(caught.value) == "this is no number of at most 15 digits and 6 decimals"


@pytest.mark.parametrize("text", ["-1", "1.0"])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(Unsayable):
        read_whole(text)


@pytest.mark.parametrize(
    ("text", "currency", "major", "minor"),
    [
        ("12.5", "GBP", 12, 50),
        ("12.50", "GBP", 12, 50),
        ("0.01", "EUR", 0, 1),
        ("12.500", "GBP", 12, 50),
        ("250", "JPY", 250, 0),
        ("250.0", "JPY", 250, 0),
    ],
)
def test_sums(text: str, currency: str, major: int, minor: int) -> None:
    assert read_sum(text, currency) == Sum(is_negative=False, major=major, minor=minor, currency=currency)


def test_a_sum_in_pence() -> None:
    assert read_sum("-1250", "GBP", in_minor=True) == Sum(
        is_negative=True, major=12, minor=50, currency="GBP"
    )
    assert read_sum("7", "JPY", in_minor=True).major == 7


@pytest.mark.parametrize(
    ("text", "currency"), [("0.005", "GBP"), ("0.5", "JPY"), ("1", "XAU"), ("9" * 15, "EUR")]
)
def test_nothing_is_rounded_and_no_currency_is_guessed(text: str, currency: str) -> None:
    with pytest.raises(Unsayable):
        read_sum(text, currency)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2028-02-29", "dmy", date(2028, 2, 29)),
        ("29022028", "dmy", date(2028, 2, 29)),
        ("02292028", "mdy", date(2028, 2, 29)),
        ("20280229", "ymd", date(2028, 2, 29)),
        ("2000-02-29", "dmy", date(2000, 2, 29)),
        ("0001-01-01", "dmy", date(1, 1, 1)),
        ("9999-12-31", "dmy", date(9999, 12, 31)),
    ],
)
def test_dates(text: str, order: DateOrder, day: date) -> None:
    assert read_date(text, order) == day


@pytest.mark.parametrize(
    "text", ["2026-02-29", "1900-02-29", "31042026", "0000-01-01", "1.2.2026", "2026-1-1", "", "٢٩٠٢٢٠٢٨"]
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(Unsayable):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("00:00", time(0)),
        ("24:00", time(0)),
        ("2400", time(0)),
        ("9:05", time(9, 5)),
        ("905", time(9, 5)),
        ("2359", time(23, 59)),
    ],
)
def test_times(text: str, at: time) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize("text", ["24:01", "25:00", "12:60", "12", "12:5", "12:30:00", "", "noon"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(Unsayable):
        read_time(text)


def test_keys_come_in_groups() -> None:
    assert read_keys("12  *#+ 9") == ("12", "*#+", "9")
    assert read_keys("1" * 40) == ("1" * 40,)


@pytest.mark.parametrize("text", ["", " ", "1" * 41, "12a", "1-2", "١"])
def test_what_are_no_keys(text: str) -> None:
    with pytest.raises(Unsayable):
        read_keys(text)
