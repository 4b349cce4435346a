"""Emergency numbers by country: looked at before any rule of a plan."""

from collections.abc import Iterable

# ITU-T E.161.1 recommends 112 or 911; national numbering plans add their own. Only numbers that reach
# police, fire or ambulance; a country that is not listed has 112, which every GSM network knows.
_NUMBERS: dict[str, tuple[str, ...]] = {
    "AT": ("112", "122", "133", "144"),
    "AU": ("000", "106", "112"),
    "BE": ("112", "100", "101"),
    "CA": ("911",),
    "CH": ("112", "117", "118", "144"),
    "DE": ("112", "110"),
    "ES": ("112", "061", "062", "080", "091"),
    "FR": ("112", "15", "17", "18", "114"),
    "GB": ("999", "112"),
    "IE": ("112", "999"),
    "IN": ("112", "100", "101", "108"),
    "IT": ("112", "113", "115", "118"),
    "JP": ("110", "119"),
    "NZ": ("111",),
    "PL": ("112", "997", "998", "999"),
    "US": ("911",),
}
_DEFAULT = ("112",)


def emergency_numbers(country: str) -> tuple[str, ...]:
    """Return the emergency numbers of `country` (ISO 3166 alpha-2)."""
    return _NUMBERS.get(country, _DEFAULT)


def known_numbers(countries: Iterable[str]) -> tuple[str, ...]:
    """Return the emergency numbers of several countries, each once."""
    return tuple(dict.fromkeys(number for one in countries for number in emergency_numbers(one)))


def emergency_number(called: str, numbers: Iterable[str], outside_prefix: str) -> str | None:
    """Return which of the emergency `numbers` is meant by `called`, or None.

    People in a panic dial the prefix for an outside line too; both ways count (47 CFR 9.16 asks for direct).
    """
    for number in numbers:
        if called in (number, outside_prefix + number):
            return number
    return None
