"""Where a party may be: candidate regions from its number and from what else is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.core.phone import region_of

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """One party: `number` is +E.164 or None (withheld), `region` ISO 3166-1 or -2 (`GB`, `US-CA`)."""

    role: str
    number: str | None = None
    region: str | None = None


def candidates(party: PartyFacts, area_codes: Mapping[str, str]) -> frozenset[str]:
    """Return every region the party may be in; `unknown` when nothing is known.

    A number is not a place (mobiles, porting, roaming), so a known region does not replace the number's.
    """
    found = {party.region, _of_number(party.number, area_codes)} - {None}
    return frozenset(str(region) for region in found) or frozenset({UNKNOWN})


def _of_number(number: str | None, area_codes: Mapping[str, str]) -> str | None:
    if number is None:
        return None
    country = region_of(number)
    state = area_codes.get(number[2:5]) if number.startswith("+1") else None
    # The area code decides only inside the country it belongs to: +1 also holds the Caribbean.
    return state if state and country == state[:2] else country
