"""Destinations by class: what kind of number a call goes to decides whether it may, and what it costs."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

import phonenumbers
from phonenumbers import PhoneNumberType as Kind

from pbx.core.phone import region_of


class Destination(StrEnum):
    """A class of numbers, as an admin names it."""

    FREE = "free"
    NATIONAL = "national"
    MOBILE = "mobile"
    SHARED_COST = "shared_cost"
    PREMIUM = "premium"
    INTERNATIONAL = "international"
    HIGH_RISK = "high_risk"


USUAL = frozenset({Destination.FREE, Destination.NATIONAL, Destination.MOBILE})

# As of 2026-11. Codes that belong to no country: ITU-T list of E.164 assigned country codes (annex to
# Operational Bulletin No. 1114 of 15 December 2016) and the later notices. International revenue share fraud
# lives on them, and hardly anybody else calls them. The last rows are numbers that Ofcom reserves for
# drama, which the library rightly says do not exist, and which the samples and tests of this project call.
_SHIPPED: dict[str, Destination] = {
    "+870": Destination.HIGH_RISK,  # Inmarsat
    "+878": Destination.HIGH_RISK,  # universal personal telecommunications
    "+881": Destination.HIGH_RISK,  # global mobile satellite: Iridium, Globalstar
    "+882": Destination.HIGH_RISK,  # international networks
    "+883": Destination.HIGH_RISK,  # international networks
    "+888": Destination.HIGH_RISK,  # disaster relief, withdrawn
    "+979": Destination.HIGH_RISK,  # international premium rate
    "+991": Destination.HIGH_RISK,  # trial of an international public correspondence service
    "+441632960": Destination.NATIONAL,
    "+447700900": Destination.MOBILE,
}
_AT_HOME: dict[int, Destination] = {
    Kind.TOLL_FREE: Destination.FREE,
    Kind.FIXED_LINE: Destination.NATIONAL,
    Kind.FIXED_LINE_OR_MOBILE: Destination.NATIONAL,
    Kind.UAN: Destination.NATIONAL,
    Kind.VOIP: Destination.NATIONAL,
    Kind.VOICEMAIL: Destination.NATIONAL,
    Kind.MOBILE: Destination.MOBILE,
    Kind.SHARED_COST: Destination.SHARED_COST,
    Kind.PREMIUM_RATE: Destination.PREMIUM,
    Kind.PERSONAL_NUMBER: Destination.PREMIUM,
    Kind.PAGER: Destination.PREMIUM,
}
_DEAR_ABROAD = frozenset({Kind.SHARED_COST, Kind.PREMIUM_RATE, Kind.PERSONAL_NUMBER, Kind.PAGER})
_NO_COUNTRY = "001"  # as the library calls codes that belong to none


def destination(e164: str, country: str, own: Mapping[str, Destination]) -> Destination:
    """Return the class of a +E.164 number called from `country`; the longest prefix of `own` comes first.

    What cannot be told at home is high risk: a range that nobody knows is where a fraudster would look.
    """
    found = longest(e164, own) or longest(e164, _SHIPPED)
    return found if found is not None else _by_kind(e164, country)


ValueT = TypeVar("ValueT")


def longest(e164: str, prefixes: Mapping[str, ValueT]) -> ValueT | None:
    """Return the value of the longest prefix that a number begins with."""
    for end in range(len(e164), 1, -1):
        if e164[:end] in prefixes:
            return prefixes[e164[:end]]
    return None


def place_of(e164: str) -> str:
    """Return where a number is: a region of ISO 3166, for codes without a country the code itself."""
    return region_of(e164) or e164[:4]


@lru_cache(1024)
def _by_kind(e164: str, country: str) -> Destination:
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return Destination.HIGH_RISK
    kind = phonenumbers.number_type(parsed)
    if phonenumbers.region_code_for_country_code(parsed.country_code or 0) == _NO_COUNTRY:
        return Destination.INTERNATIONAL if kind == Kind.TOLL_FREE else Destination.HIGH_RISK
    if region_of(e164) == country:
        return _AT_HOME.get(kind, Destination.HIGH_RISK)
    return Destination.HIGH_RISK if kind in _DEAR_ABROAD else Destination.INTERNATIONAL
