"""Which of the languages at hand is spoken for the one that is wanted."""

from collections.abc import Iterable

# Countries where nearly everybody understands the language; of those with several there is no guess.
_COUNTRIES = {
    "da": "DK",
    "de": "AT DE LI",
    "en": "AU GB GG IE IM JE NZ US",
    "es": "AR CL CO ES MX",
    "fi": "FI",
    "fr": "FR MC",
    "it": "IT SM VA",
    "ja": "JP",
    "nl": "NL",
    "no": "NO",
    "pl": "PL",
    "pt": "BR PT",
    "sv": "SE",
}
_LANGUAGES = {country: tag for tag, countries in _COUNTRIES.items() for country in countries.split()}


def nearest(wanted: str, at_hand: Iterable[str]) -> str | None:
    """Return `wanted`, else the first tag (RFC 5646) of the same primary language, else None.

    So `de-AT` may be served by `de-DE`, and nobody is spoken to in a language that was not chosen.
    """
    tags = sorted(at_hand)
    primary = wanted.partition("-")[0]
    same = [tag for tag in tags if tag.partition("-")[0] == primary]
    return wanted if wanted in same else next(iter(same), None)


def of_region(region: str) -> str:
    """Return the language of a region (ISO 3166-1 or -2) as its tag, `de-AT`; "" = it has no single one."""
    country = region.partition("-")[0]
    return f"{_LANGUAGES[country]}-{country}" if country in _LANGUAGES else ""
