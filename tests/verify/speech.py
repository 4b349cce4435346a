"""Dates as people say them."""

from datetime import date
from typing import Literal

Form = Literal["day_first", "month_first", "digits"]
FORMS: tuple[Form, ...] = ("day_first", "month_first", "digits")
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ODD = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
    "twenty": "twentieth",
    "thirty": "thirtieth",
}


def spoken(born: date, form: Form) -> str:
    """Return the words of a date."""
    if form == "digits":
        return " ".join(_ONES[int(digit)] for digit in born.strftime("%d%m%Y"))
    day, month, year = _ordinal(born.day), born.strftime("%B").lower(), _year(born.year)
    return f"{day} of {month} {year}" if form == "day_first" else f"{month} {day} {year}"


def _number(value: int) -> str:
    if value < 20:
        return _ONES[value]
    return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")


def _ordinal(value: int) -> str:
    *before, last = _number(value).split()
    return " ".join((*before, _ODD.get(last, f"{last}th")))


def _year(year: int) -> str:
    if 2000 <= year < 2010:
        return "two thousand" + (f" and {_ONES[year - 2000]}" if year > 2000 else "")
    century, rest = _number(year // 100), year % 100
    if rest == 0:
        return f"{century} hundred"
    return f"{century} oh {_ONES[rest]}" if rest < 10 else f"{century} {_number(rest)}"
