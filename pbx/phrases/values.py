"""Values as they are written or were typed, before they are put into words.

A value comes from a flow, a caller's keys or a customer's data. What cannot be read raises Unsayable, whose
message has nothing of the value.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Literal

from pbx.phrases.rules import MAX_NUMBER
from pbx.phrases.spell import Unsayable

Kind = Literal["number", "ordinal", "count", "money", "date", "time", "digits", "telephone"]
DateOrder = Literal["dmy", "mdy", "ymd"]

MAX_DECIMALS = 6  # more are not listened to
MAX_KEYS = 40  # E.164 has 15 digits, an IBAN 34 characters, and there may be spaces
MINOR_DIGITS = {"GBP": 2, "USD": 2, "EUR": 2, "CHF": 2, "JPY": 0}  # ISO 4217
_NUMBER = re.compile(rf"(-?)([0-9]{{1,15}})(?:\.([0-9]{{1,{MAX_DECIMALS}}}))?", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TYPED: dict[DateOrder, re.Pattern[str]] = {
    "dmy": re.compile(r"(?P<d>[0-9]{2})(?P<m>[0-9]{2})(?P<y>[0-9]{4})", re.ASCII),
    "mdy": re.compile(r"(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<y>[0-9]{4})", re.ASCII),
    "ymd": re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})", re.ASCII),
}
_TIME = re.compile(r"([0-9]{1,2}):?([0-9]{2})", re.ASCII)
_KEYS = re.compile(rf"[0-9*#+ ]{{1,{MAX_KEYS}}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with the decimals that it was written with; -0 is 0."""

    is_negative: bool
    whole: int
    decimals: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount of money."""

    is_negative: bool
    major: int
    minor: int
    currency: str


def read_number(text: str) -> Number:
    """Return `-12.5`: ASCII digits, a point before at most six decimals."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Unsayable("this is no number of at most 15 digits and 6 decimals")
    sign, whole, decimals = found.groups()
    is_zero = int(whole) == 0 and int(decimals or "0") == 0
    return Number(is_negative=bool(sign) and not is_zero, whole=int(whole), decimals=decimals or "")


def read_whole(text: str) -> int:
    """Return a number without sign and decimals."""
    number = read_number(text)
    if number.is_negative or number.decimals:
        raise Unsayable("this is no whole number from 0 on")
    return number.whole


def read_sum(text: str, currency: str, *, in_minor: bool = False) -> Sum:
    """Return `12.5` of a currency; `in_minor` = it is written in pence, cents and the like.

    A fraction of the smallest unit is no sum: nothing is rounded that somebody may be asked to pay.
    """
    number = read_number(text)
    n_digits = MINOR_DIGITS.get(currency)
    if n_digits is None:
        raise Unsayable("this currency has no words")
    amount = Decimal(f"{number.whole}.{number.decimals or '0'}")
    units = amount if in_minor else amount.scaleb(n_digits)
    if units != units.to_integral_value() or units > MAX_NUMBER:
        raise Unsayable("this is no sum of its currency")
    major, minor = divmod(int(units), 10**n_digits)
    return Sum(is_negative=number.is_negative, major=major, minor=minor, currency=currency)


def read_date(text: str, order: DateOrder = "dmy") -> date:
    """Return `2028-02-29`, or eight digits in that order."""
    found = _DATE.fullmatch(text)
    if found is not None:
        year, month, day = found.groups()
    else:
        typed = _TYPED[order].fullmatch(text)
        if typed is None:
            raise Unsayable("this is no date")
        year, month, day = typed["y"], typed["m"], typed["d"]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Unsayable("there is no such day") from None


def read_time(text: str) -> time:
    """Return `15:30`, or `1530`; 24:00 is the 00:00 of the next day."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Unsayable("this is no time of day")
    hour, minute = int(found[1]), int(found[2])
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise Unsayable("there is no such time of day")
    return time(hour, minute)


def read_keys(text: str) -> tuple[str, ...]:
    """Return groups of keys, which are parted by spaces."""
    groups = tuple(text.split(" ")) if _KEYS.fullmatch(text) is not None else ()
    groups = tuple(group for group in groups if group)
    if not groups:
        raise Unsayable(f"these are no digits, or more than {MAX_KEYS} of them")
    return groups
