"""Telephone numbers: one normal form (E.164), one mask for logs."""

from functools import lru_cache

import phonenumbers

MAX_DIGITS = 15  # ITU-T E.164 §6
REMEMBERED = 1024  # numbers; a call asks for each of its numbers several times, at 50 µs a parse


@lru_cache(REMEMBERED)
def to_e164(number: str, region: str) -> str | None:
    """Return `number` as +E.164 seen from `region` (ISO 3166 alpha-2), or None when it cannot be one.

    "Possible", not "valid": numbers reserved for fiction (Ofcom 07700 900xxx) must pass.
    """
    if not number or len(number) > 2 * MAX_DIGITS or not number.isascii():
        return None
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension is None and any(map(str.isalpha, number)):
        return None  # phonenumbers leaves a letter out: one for a zero makes another number
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(REMEMBERED)
def full_number(digits: str, country: str) -> str | None:
    """Return the E.164 number that `digits` mean in `country`; None when local, short or impossible."""
    e164 = to_e164(digits, country)
    if e164 is None:
        return None
    reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(e164, None))
    return e164 if reason == phonenumbers.ValidationResult.IS_POSSIBLE else None


def is_too_short(digits: str, country: str) -> bool:
    """Whether `digits` begin like a number of the network, by plus or trunk prefix, and end too early."""
    if not digits.startswith(("+", "0")):
        return False
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException as error:
        return bool(error.error_type == phonenumbers.NumberParseException.TOO_SHORT_NSN)
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return reason in (
        phonenumbers.ValidationResult.TOO_SHORT,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    )


def region_of(e164: str) -> str | None:
    """Return the ISO 3166 region of a +E.164 number, or None when unknown."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None:
        codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(parsed.country_code or 0, ())
        region = codes[0] if codes else None
    return None if region in (None, "001", "ZZ") else str(region)


def takes_texts(e164: str) -> bool:
    """Whether a text message may reach a number: not a fixed line, a service or what is no number."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return False
    types = phonenumbers.PhoneNumberType  # UNKNOWN is what numbers of fiction and new ranges are
    return kind in (types.MOBILE, types.FIXED_LINE_OR_MOBILE, types.UNKNOWN)


def mask(number: str) -> str:
    """Return a number fit for a log line: the first four characters and the last two."""
    return number if len(number) <= 6 else f"{number[:4]}{'*' * (len(number) - 6)}{number[-2:]}"
