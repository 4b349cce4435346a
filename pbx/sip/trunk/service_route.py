"""Service-Route (RFC 3608): the proxies of a carrier that calls through our registration have to pass."""

from collections.abc import Sequence
from dataclasses import replace

from pbx.core.address import Transport
from pbx.core.errors import ParseError
from pbx.sip.headers import parse_name_addr, split_commas
from pbx.sip.locate.rules import ServerName
from pbx.sip.message import Response
from pbx.sip.uri import parse_uri

MAX_ROUTES = 8  # as of a Path: a proxy at the border and one at home are two
Transports = dict[str | None, Transport | None]  # by the transport parameter; None of a name = DNS knows
_ANY: Transports = {None: None, "udp": "udp", "tcp": "tcp", "tls": "tls"}
_TLS: Transports = {None: "tls", "tls": "tls"}
_SIPS: Transports = {**_TLS, "tcp": "tls"}  # RFC 3261 §26.2.2: it then means TLS over TCP


def service_route(response: Response) -> tuple[str, ...]:
    """Return the values of a 2xx to our REGISTER, next hop first; none when one of them is no loose route.

    A carrier that writes nonsense there is called as if it had written nothing.
    """
    try:
        values = [part for text in response.headers.get_all("Service-Route") for part in split_commas(text)]
        uris = [parse_uri(parse_name_addr(value).uri) for value in values]
    except ParseError:
        return ()
    is_usable = all(uri.scheme != "tel" and uri.param("lr") is not None for uri in uris)
    return tuple(values) if is_usable and len(values) <= MAX_ROUTES else ()


def first_hop(routes: Sequence[str], registrar: ServerName) -> ServerName | None:
    """Return where a request with these routes goes (RFC 3261 §8.1.2), None when we cannot send by that.

    Who registers by TLS calls by TLS: a route that says otherwise cannot be used.
    """
    uri = parse_uri(parse_name_addr(routes[0]).uri)
    is_tls = registrar.plain_transport == "tls"
    transports = _SIPS if uri.scheme == "sips" else _TLS if is_tls else _ANY
    if uri.transport not in transports:
        return None
    hop = ServerName(host=uri.host, port=uri.port or 0, transport=transports[uri.transport])
    return replace(hop, proves=registrar.proves) if hop.is_address else hop
