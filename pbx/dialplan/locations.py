"""Locations: where help has to come to when one of our telephones calls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One dispatchable location; `words` says it to people, `civic` to machines (RFC 5139 §3.1).

    `call_back` is E.164, "" = that of the rule; `trunk` "" = that of the rule. `place` is its file:line.
    For `window_s` seconds help that calls back reaches the telephone that had called; 0 = as everybody else.
    """

    name: str
    country: str
    words: str
    civic: tuple[tuple[str, str], ...] = ()
    call_back: str = ""
    contact: str = ""
    trunk: str = ""
    window_s: float = 0.0
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations:
    """Where each telephone is: by the network that it calls from, as its extension says, or as all are."""

    by_name: Mapping[str, Location] = field(default_factory=dict)
    networks: tuple[tuple[Network, str], ...] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)
    default: str = ""

    @property
    def countries(self) -> frozenset[str]:
        """Whose emergency numbers somebody at one of them may dial."""
        return frozenset(one.country for one in self.by_name.values())

    def of(self, extension: str, host: str = "") -> Location | None:
        """Return where a telephone is; `host` = the address it calls from, which tells desks apart.

        The narrowest network counts, then the extension's own location. None = nobody has said it.
        """
        return self.by_name.get(self._at(host) or self.extensions.get(extension) or self.default)

    def _at(self, host: str) -> str:
        if not host or not self.networks:
            return ""
        try:
            address = ip_address(host)
        except ValueError:
            return ""
        found = [(net.prefixlen, name) for net, name in self.networks if address in net]
        return max(found, default=(0, ""))[1]


NOWHERE = Locations()
