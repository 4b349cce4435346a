"""Which addresses an SDP may name for audio: not ourselves, not many, not the host of a cloud. S-35."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from pbx.core.address import literal

Network = IPv4Network | IPv6Network

# Where clouds answer with the machine's own secrets: AWS and most others (both families), Alibaba, Oracle.
_METADATA = frozenset(map(literal, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")))
_BROADCAST = literal("255.255.255.255")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPeers:
    """`hosts` and `ports` are our own audio sockets; `allow` = networks (CIDR) that may be named yet.

    Addresses of private networks may be named: that is what telephones behind a NAT do, and where audio
    really comes from is learnt. Signalling that comes from `edges` is not from where the telephone is.
    """

    hosts: tuple[str, ...] = ()
    ports: range = range(0)
    allow: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()

    def objection(self, host: str, port: int) -> str:
        """Return why audio is not sent there, "" when it is; a hold's 0.0.0.0 is no destination."""
        address = _plain(host)
        if address is None or address.is_unspecified:
            return ""
        if port in self.ports and host in self.hosts:
            return "one of our own audio ports"
        networks = map(_network, self.allow)
        if any(address in network for network in networks if network.version == address.version):
            return ""
        return next((name for name, holds in _kinds(address).items() if holds), "")


_network = lru_cache(maxsize=1024)(ip_network)  # the same few for each description

LAB = ("127.0.0.0/8", "::1/128")
"""What a PBX that listens on loopback allows: its telephones are there too."""
ANYBODY = MediaPeers(allow=("0.0.0.0/0", "::/0"))


def is_lab(host: str) -> bool:
    """Whether we can only be reached from this machine."""
    address = _plain(host)
    return address is not None and address.is_loopback


def _plain(host: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address in IPv6's clothes is the IPv4 address."""
    address = literal(host)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _kinds(address: IPv4Address | IPv6Address) -> dict[str, bool]:
    return {
        "a metadata service": address in _METADATA,
        "a loopback address": address.is_loopback,
        "a multicast address": address.is_multicast,
        "a link-local address": address.is_link_local,
        "a broadcast address": address == _BROADCAST,
    }
