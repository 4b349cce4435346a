"""Network addresses as plain values."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

Transport = Literal["udp", "tcp", "tls", "ws", "wss"]
Family = Literal["ip4", "ip6"]
ENCRYPTED: frozenset[Transport | None] = frozenset({"tls", "wss"})


REMEMBERED = 4096  # address literals; each message asks for the same few again and again


@lru_cache(REMEMBERED)
def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address of an IP literal, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


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
