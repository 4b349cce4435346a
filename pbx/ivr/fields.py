"""What kinds of fields a caller may be asked for, and how what he typed is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pbx.core.phone import full_number
from pbx.phrases.spell import Unsayable
from pbx.phrases.values import DateOrder, read_date, read_time

_DIGITS = frozenset("0123456789")
FieldKind = Literal["digits", "date_dmy", "date_mdy", "date_ymd", "time", "card", "amount", "phone"]
MAX_AMOUNT = 9  # digits, two of them behind the point: 9,999,999.99
MIN_PHONE, MAX_PHONE = 3, 20  # keys: a short number of the network, and one with the code for abroad
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,6})\.[0-9]{2}", re.ASCII)
_BEGINS_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,6})?(\.[0-9]{0,2})?", re.ASCII)
_BEGINS_PHONE = re.compile(r"\+?[0-9]{0,15}", re.ASCII)
MIN_CARD, MAX_CARD = 12, 19  # digits; ISO/IEC 7812-1 allows 8 to 19, no card in use has fewer than 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`read` returns the text that is kept, None for what cannot be one; `sample` is one that can.

    A number is read as it is dialled in a country. `beginning` is what kept texts begin with, None = they
    all have the shape of the sample.
    """

    min_digits: int
    max_digits: int
    sample: str
    read: Callable[[str, str], str | None]
    beginning: re.Pattern[str] | None = None
    is_secret: bool = False  # always, whatever the plan says

    @property
    def kept_sample(self) -> str:
        """What is kept of the sample."""
        return self.read(self.sample, "GB") or ""

    def may_begin(self, text: str) -> bool:
        """Return whether something that is kept may begin with `text`: digits and signs where it has them."""
        if self.beginning is not None:
            return self.beginning.fullmatch(text) is not None
        shape = self.kept_sample
        return len(text) <= len(shape) and all(
            one in _DIGITS if place in _DIGITS else one == place
            for one, place in zip(text, shape, strict=False)
        )


def _date(order: DateOrder, digits: str, _country: str) -> str | None:
    """Return `2028-02-29`, as `say` and other programs read it whatever the order of the keys."""
    try:
        return read_date(digits, order).isoformat()
    except Unsayable:
        return None


def _time(digits: str, _country: str) -> str | None:
    """Return `09:30`."""
    try:
        return f"{read_time(digits):%H:%M}"
    except Unsayable:
        return None


def _amount(digits: str, _country: str) -> str | None:
    """Return `12.50` for 1250, as `say` reads money: the last two keys are behind the point."""
    text = digits if "." in digits else f"{int(digits[:-2] or 0)}.{digits[-2:]}"
    return text if _AMOUNT.fullmatch(text) and text != "0.00" else None


def _phone(digits: str, country: str) -> str | None:
    """Return `+441632960123`; None for a local number, or one that cannot be."""
    return full_number(digits, country)


def _card(digits: str, _country: str) -> str | None:
    """Return the digits if the last one checks the others (ISO/IEC 7812-1 Annex B, Luhn)."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(map(int, digits[::-2])) + sum(n - 9 if n > 9 else n for n in doubled)
    return digits if total % 10 == 0 else None


FIELDS: dict[FieldKind, Field] = {
    "date_dmy": Field(min_digits=8, max_digits=8, sample="01022000", read=partial(_date, "dmy")),
    "date_mdy": Field(min_digits=8, max_digits=8, sample="01022000", read=partial(_date, "mdy")),
    "date_ymd": Field(min_digits=8, max_digits=8, sample="20000102", read=partial(_date, "ymd")),
    "time": Field(min_digits=3, max_digits=4, sample="0930", read=_time),
    "card": Field(
        min_digits=MIN_CARD, max_digits=MAX_CARD, sample="4242424242424242", read=_card, is_secret=True
    ),
    "amount": Field(
        min_digits=3, max_digits=MAX_AMOUNT, sample="1250", read=_amount, beginning=_BEGINS_AMOUNT
    ),
    "phone": Field(
        min_digits=MIN_PHONE,
        max_digits=MAX_PHONE,
        sample="01632960123",
        read=_phone,
        beginning=_BEGINS_PHONE,
    ),
}  # digits are read by the limits of their step alone
