"""Telephone numbers as PASSporTs carry them: digits of E.164 without the plus (RFC 8224 §8.3)."""

import re

from pbx.core.phone import full_number

MAX_DIGITS = 15  # ITU-T E.164 §6

_DIGITS = re.compile(rf"[0-9]{{1,{MAX_DIGITS}}}", re.ASCII)
_DIALLED = re.compile(r"\+?[0-9]+", re.ASCII)
_NOISE = str.maketrans("", "", "-.() ")  # RFC 8224 §8.3 step 2: no visual separators


def canonical(number: str, country: str) -> str:
    """Return the digits of a user part or tel number as `country` reads it, "" when it is no number.

    A name, an extension of ours and a number without country that cannot be completed are no numbers.
    """
    digits = number.partition(";")[0].translate(_NOISE)
    e164 = full_number(digits, country) if _DIALLED.fullmatch(digits) else None  # letters are no digits here
    return e164.removeprefix("+") if e164 is not None else ""


def is_canonical(number: str) -> bool:
    """Whether this is how a PASSporT writes a number; `*` and `#` of RFC 8225 §5.2.2 are for services."""
    return _DIGITS.fullmatch(number) is not None
