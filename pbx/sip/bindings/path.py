"""Path: the proxies between us and a binding (RFC 3327 §5.3), and where to send to reach it."""

from collections.abc import Sequence

from pbx.core.address import Remote, Transport
from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.edge import Edges, is_address
from pbx.sip.headers import parse_name_addr, split_commas
from pbx.sip.message import Request
from pbx.sip.uri import SipUri, parse_uri

MAX_PATH = 8  # proxies; an edge and a balancer are two
SIP_PORT, SIPS_PORT = 5060, 5061
_TRANSPORTS: dict[str, Transport] = {"udp": "udp", "tcp": "tcp", "tls": "tls"}


def path_of(request: Request) -> tuple[str, ...]:
    """Return the Path values, nearest proxy first; PeerViolation 400 when one could not be a Route.

    A phone behind an edge need not know of Path: a registrar may take one without `Supported: path`.
    """
    try:
        values = [part for text in request.headers.get_all("Path") for part in split_commas(text)]
        for value in values:
            uri = parse_uri(parse_name_addr(value).uri)
            if uri.scheme == "tel" or uri.param("lr") is None:
                raise PeerViolation("a Path without lr", 400)
    except ParseError:
        raise PeerViolation("a malformed Path", 400) from None
    if len(values) > MAX_PATH:
        raise PeerViolation(f"a Path of more than {MAX_PATH} proxies", 400)
    return tuple(values)


def has_ob(path: Sequence[str]) -> bool:
    """Whether the edge keeps the flow to the phone: `ob` in the Path it added (RFC 5626 §5.1)."""
    return any(parse_uri(parse_name_addr(value).uri).param("ob") is not None for value in path)


def next_hop(path: Sequence[str], source: Remote, edges: Edges) -> Remote:
    """Return where requests for the binding go: to the observed source, or where a trusted edge says.

    Strangers may write any Path; it travels as Route, but never decides to whom our packets go.
    """
    if not path or source.host not in edges:
        return source
    uri = parse_uri(parse_name_addr(path[0]).uri)
    if not is_address(uri.host):
        return source
    transport = _transport(uri, source)
    port = uri.port or (SIPS_PORT if transport == "tls" else SIP_PORT)
    if (transport, uri.host, port) == (source.transport, source.host, source.port):
        return source
    return Remote(transport, uri.host, port)


def _transport(uri: SipUri, source: Remote) -> Transport:
    if uri.scheme == "sips":
        return "tls"
    return _TRANSPORTS.get(uri.transport or "", "udp" if uri.transport is None else source.transport)
