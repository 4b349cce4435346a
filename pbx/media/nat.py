"""Where a party that knows nothing of its NAT may be seen: not where it said."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from pbx.core.address import literal
from pbx.media.source_lock import Source

# RFC 1918, RFC 6598 (of carriers), RFC 4193: nothing comes to us from there unless we are inside too.
_INSIDE: tuple[IPv4Network | IPv6Network, ...] = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


def may_be_seen_at(advertised: Source, source: Source) -> bool:
    """Whether a NAT may show who advertised one place at another: a private address, or another port."""
    address = literal(advertised[0])
    if address is None:
        return False
    return source[0] == advertised[0] or any(
        address in one for one in _INSIDE if one.version == address.version
    )
