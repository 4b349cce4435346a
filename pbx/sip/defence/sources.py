"""A source as the defence counts it: one IPv4 address, or the /64 that an IPv6 host chooses from."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_network

REMEMBERED = 65_536  # addresses; a flood of more is slower by a parse each


@lru_cache(REMEMBERED)
def source_key(host: str) -> str:
    """Return what all addresses of one source have in common; `host` is an IP literal."""
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address.packed[:8] + bytes(8), 64)))


def masked(host: str) -> str:
    """Return the neighbourhood of an address for audit facts and logs: its /24 or /48."""
    prefix = 48 if ":" in host else 24
    try:
        return str(ip_network(f"{host.partition('%')[0].partition('/')[0]}/{prefix}", strict=False))
    except ValueError:
        return "unknown"
