"""Where the parties of a tenant's calls may be: home, work place, network, and what is ours in every call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from pbx.consent.known import NOTHING, Known
from pbx.consent.regions import UNKNOWN, Candidate, PartyFacts
from pbx.core.address import literal
from pbx.core.phone import region_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What a tenant says besides its own country; regions are ISO 3166-1 or -2.

    `work` is by extension, `networks` by the address that a telephone or browser of ours signals from,
    `recorder` where recordings are made, "" = nobody has said.
    """

    work: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[tuple[IPv4Network | IPv6Network, str], ...] = ()
    recorder: str = ""

    def extension(self, role: str, extension: str, home: str, hop: str = "") -> PartyFacts:
        """A telephone of ours: at home, and wherever else it may be. Places are more, never instead."""
        found = [Candidate(self.work[extension], "work place")] if extension in self.work else []
        return PartyFacts(role=role, region=home, places=(*found, *self._network(hop)))

    def common(self, dids: Iterable[str]) -> tuple[PartyFacts, ...]:
        """What counts in a call whoever talks: the number of ours that was called, and the recorder."""
        known = sorted(did for did in dids if region_of(did) is not None)  # a name is no place
        called = tuple(PartyFacts(role="called number", number=did) for did in known)
        recorder = PartyFacts(role="recorder", region=self.recorder) if self.recorder else None
        return called if recorder is None else (*called, recorder)

    def _network(self, hop: str) -> tuple[Candidate, ...]:
        """The longest prefix that holds the address decides."""
        address = literal(hop) if self.networks else None
        if address is None:
            return ()
        inside = [one for one in self.networks if address in one[0]]
        best = max(inside, key=lambda one: one[0].prefixlen, default=None)
        return (Candidate(best[1], "network"),) if best is not None else ()


def stranger(
    role: str, number: str | None, *, is_doubted: bool = False, known: Known = NOTHING
) -> PartyFacts:
    """Somebody from the network. `is_doubted` = what is signed of his number is wrong: he may be anywhere.

    `known` is what the customers with this number have said of themselves.
    """
    doubt = (Candidate(UNKNOWN, "false number"),) if is_doubted else ()
    places = (*doubt, *(Candidate(place, "customer") for place in known.places))
    return PartyFacts(role=role, number=number or None, places=places, overlays=known.overlays)


NOWHERE_ELSE = Places()
