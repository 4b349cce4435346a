"""Where a party may be: candidate regions from its number and from what else is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.consent.effects import Overlay
from pbx.core.phone import region_of

UNKNOWN = "unknown"
Areas = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By country code ("+1") and the digits behind it ("738"): the parts of a country, ISO 3166-2."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region that a party may be in, and what says so: its number, its place, or that nothing is known."""

    region: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """One party: `number` is +E.164 or None (withheld), `region` ISO 3166-1 or -2 (`GB`, `US-CA`).

    `places` are what else is known of where it may be, `overlays` its own, besides those of the tenant.
    """

    role: str
    number: str | None = None
    region: str | None = None
    places: tuple[Candidate, ...] = ()
    overlays: tuple[Overlay, ...] = ()


def candidates(party: PartyFacts, areas: Areas) -> tuple[Candidate, ...]:
    """Return every region the party may be in; `unknown` when nothing is known.

    A number is not a place (mobiles, porting, roaming), so a known region does not replace the number's.
    """
    found = [Candidate(region, "number") for region in _of_number(party.number, areas)]
    if party.region is not None:
        found.append(Candidate(party.region, "place"))
    found += party.places
    return tuple(found) or (Candidate(UNKNOWN, "nothing known"),)


def _of_number(number: str | None, areas: Areas) -> tuple[str, ...]:
    country = None if number is None else region_of(number)
    if number is None or country is None:
        return ()
    for code, parts in areas.items():
        # Digits decide only inside the countries whose parts they name: +1 also holds the Caribbean.
        if number.startswith(code) and country in {part[0][:2] for part in parts.values()}:
            length = len(code) + len(next(iter(parts)))
            return parts.get(number[len(code) : length], (country, UNKNOWN))
    return (country,)
