"""Origins: where a party's audio may come from, and go to, before a packet has proved where the party is."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from pbx.core.address import literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What is known of a party beside the place that its description names.

    Its packets may come from that host, or from `networks` (addresses or CIDR); None = from anywhere.
    `is_known` False = that place may be somebody else's, who is not to be flooded in the party's name.
    """

    networks: tuple[str, ...] | None = None
    is_known: bool = True


ANYWHERE = Origins()


class Hosts:
    """The parsed networks of `Origins`, asked for each stranger."""

    __slots__ = ("_networks",)

    def __init__(self, networks: tuple[str, ...] | None) -> None:
        self._networks: tuple[IPv4Network | IPv6Network, ...] | None = None
        if networks is not None:
            self._networks = tuple(ip_network(one, strict=False) for one in networks if one)

    def knows(self, host: str) -> bool:
        """Whether a host is in networks that were named."""
        return self._networks is not None and host in self

    def __contains__(self, host: str) -> bool:
        if self._networks is None:
            return True
        address = literal(host)
        return address is not None and any(address in one for one in self._networks)
