"""Edges: trusted proxies in front of us, and who stands behind the one that sent a request."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from pbx.core.address import Remote, Transport, literal
from pbx.core.errors import ConfigError
from pbx.sip.headers import Via
from pbx.sip.message import Request

Network = IPv4Network | IPv6Network

MAX_EDGES = 4  # edges in a row; more is a loop, and the last one looked at is then the origin
DEFAULT_PORT = 5060
_TRANSPORTS: dict[str, Transport] = {"UDP": "udp", "TCP": "tcp", "TLS": "tls", "WS": "ws", "WSS": "wss"}


class Edges:
    """The addresses of our edges; requests of all others come from where they seem to come from."""

    __slots__ = ("_networks",)

    def __init__(self, networks: tuple[str, ...] = ()) -> None:
        """`networks` are CIDR; ConfigError for one that is none."""
        self._networks = tuple(map(network, networks))

    def __contains__(self, host: str) -> bool:
        """Whether an IP literal is one of our edges."""
        if not self._networks:
            return False
        address = literal(host)
        return address is not None and any(address in one for one in self._networks)

    def origin(self, request: Request, source: Remote) -> Remote:
        """Return who gave the request to the edge, read from the Via that the edge has stamped.

        Each proxy notes the true source in the Via below its own (RFC 3261 §18.2.1, RFC 3581 §4), so
        only a Via that an edge has received counts. A request of the edge itself has no Via below.
        ParseError 400 for a malformed Via below an edge's.
        """
        if source.host not in self:
            return source
        behind = source
        for via in request.vias[1 : MAX_EDGES + 1]:
            if behind.host not in self:
                break
            behind = _sender(via, behind)
        return behind


def network(text: str) -> Network:
    """Return an IP network; ConfigError when `text` is none."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ConfigError("", 0, 0, "", f"{text!r} is not an IP network") from None


def is_address(host: str) -> bool:
    """Whether a host is an IP literal and not a name."""
    return literal(host) is not None


def _sender(via: Via, edge: Remote) -> Remote:
    """Where the request of this Via came from; the edge itself when the Via names no address."""
    host = via.received or via.host
    if not is_address(host):
        return edge  # a name that the edge did not check: nobody's address
    port = int(via.rport) if via.rport and via.rport.isascii() and via.rport.isdigit() else via.port
    return Remote(_TRANSPORTS.get(via.transport, edge.transport), host, port or DEFAULT_PORT)


NO_EDGES = Edges()
