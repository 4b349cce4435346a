"""Place: in which region a number is, and which time its owner may have."""

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType as Kind
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

_PEOPLE = frozenset(
    {Kind.FIXED_LINE, Kind.MOBILE, Kind.FIXED_LINE_OR_MOBILE, Kind.VOIP, Kind.UAN}
)  # nobody sells to premium, toll-free or personal numbers, and where they are is not known
_NOWHERE = "Etc/Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`region` of ISO 3166; `zones` are all in which the number may be."""

    region: str
    zones: tuple[ZoneInfo, ...]


@lru_cache(1024)
def place_of(e164: str, region: str = "") -> Place | None:
    """Return where a +E.164 number is, None when nobody knows.

    With `region` the number is taken for one of it, though the tables of numbers do not know it.
    """
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
    found = phonenumbers.region_code_for_number(parsed)
    if found is None and region:
        return _place(region, timezone.time_zones_for_geographical_number(parsed))
    kind = phonenumbers.number_type(parsed)
    if found is None or kind not in _PEOPLE:
        return None
    names = set(timezone.time_zones_for_number(parsed))
    if kind == Kind.FIXED_LINE_OR_MOBILE:
        length = phonenumbers.length_of_geographical_area_code(parsed)
        names |= _zones_of(
            f"{parsed.country_code}{phonenumbers.national_significant_number(parsed)[:length]}"
        )
    return _place(str(found), tuple(sorted(names)))


@lru_cache(1024)
def _zones_of(area: str) -> frozenset[str]:
    """Every zone of an area code: where mobiles have it too, a number is in any of its places."""
    found = (zones for digits, zones in TIMEZONE_DATA.items() if digits.startswith(area))
    return frozenset(zone for zones in found for zone in zones)


def _place(region: str, names: tuple[str, ...]) -> Place | None:
    if not names or _NOWHERE in names:
        return None
    try:
        return Place(region=region, zones=tuple(ZoneInfo(name) for name in names))
    except (ZoneInfoNotFoundError, ValueError):  # the machine's tables are older than the numbers'
        return None
