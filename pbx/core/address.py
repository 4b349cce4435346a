"""Network addresses as plain values."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal

Transport = Literal["udp", "tcp", "tls", "ws", "wss"]
Family = Literal["ip4", "ip6"]
ENCRYPTED: frozenset[Transport | None] = frozenset({"tls", "wss"})


REMEMBERED = 4096  # address literals; each message asks for the same few again and again
# Prefixes in which an IPv4 address travels inside an IPv6 one: NAT64 (RFC 6052, 8215) and 6to4 (RFC 3056).
_CARRIERS = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))


@lru_cache(REMEMBERED)
def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address of an IP literal, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(host: str) -> bool:
    """Whether an address is one of the public network: nobody makes us speak to our own by a URL."""
    address = literal(host)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_global(address.ipv4_mapped)
        if any(address in carrier for carrier in _CARRIERS):
            return False
    return address is not None and _is_global(address)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


def family_of(host: str) -> Family:
    """Return the IP family of an address literal."""
    return "ip6" if ":" in host else "ip4"


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address literal and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a SIP message came from or goes to; `connection` names a live connection, 0 = open one.

    `name` is the domain that a TLS peer has to prove (RFC 5922 §7.2); two remotes are equal without it.
    """

    transport: Transport
    host: str
    port: int
    connection: int = 0
    name: str = field(default="", compare=False)

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody between the two ends of this hop can read what is sent."""
        return self.transport in ENCRYPTED

    @property
    def is_stream(self) -> bool:
        """Whether messages go over a connection, which delivers them or breaks (RFC 3261 §17: reliable)."""
        return self.transport != "udp"
