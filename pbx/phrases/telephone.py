"""The groups in which a telephone number is read out."""

import phonenumbers

from pbx.phrases.spell import Unsayable
from pbx.phrases.values import read_keys

LONGEST_GROUP = 4  # digits that somebody remembers while he writes them down


def read_groups(number: str, home: str) -> tuple[str, ...]:
    """Return the groups of a number, as its country writes it: seen from `home` (ISO 3166) or from abroad.

    What is no number of the network, an extension for one, is read as it is written.
    """
    try:
        parsed = phonenumbers.parse(number, home)
    except phonenumbers.NumberParseException:
        return read_keys(number)
    if not phonenumbers.is_possible_number(parsed):
        return read_keys(number)
    is_home = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == home
    shape = phonenumbers.PhoneNumberFormat
    text = phonenumbers.format_number(parsed, shape.NATIONAL if is_home else shape.INTERNATIONAL)
    kept = "".join(char if char.isascii() and (char.isdigit() or char == "+") else " " for char in text)
    groups = tuple(piece for group in kept.split() for piece in _short(group))
    if not groups:
        raise Unsayable("this is no telephone number")
    return groups


def _short(group: str) -> list[str]:
    """A long group in threes, of which the last one or two have up to four digits."""
    pieces: list[str] = []
    while len(group) > LONGEST_GROUP + (len(group) == LONGEST_GROUP + 1):
        pieces.append(group[:3])
        group = group[3:]
    return [*pieces, group]
