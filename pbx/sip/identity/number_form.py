"""Telephone numbers as a carrier wants them written (RFC 3966, RFC 3261 §19.1.6)."""

import phonenumbers

from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.uri import SipUri


def formatted(number: str, profile: TrunkProfile) -> str:
    """Return a +E.164 number in the profile's format; what is no such number stays as it is.

    A number of another country has no national form: it keeps the plus.
    """
    if not number.startswith("+"):
        return number
    if profile.numbers == "plain":
        return number[1:]
    if profile.numbers == "national":
        return _national(number, profile.country)
    return number


def number_uri(number: str, host: str, profile: TrunkProfile) -> str:
    """Return the SIP URI of a number at `host`; user=phone says that the user part is a number."""
    written = formatted(number, profile)
    is_number = written.lstrip("+").isdigit()
    params = (("user", "phone"),) if profile.phone_uris and is_number else ()
    name, _, port = host.rpartition(":") if ":" in host and not host.endswith("]") else (host, "", "")
    return str(SipUri("sip", written, name.strip("[]"), int(port) if port else None, params))


def _national(number: str, country: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if parsed.country_code != phonenumbers.country_code_for_region(country):
        return number
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(char for char in written if char.isdigit())
