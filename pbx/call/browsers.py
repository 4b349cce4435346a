"""Which telephones are browsers: those that are reached by WebSocket (RFC 7118)."""

from pbx.sip.effects import PlaceCall

_TRANSPORTS = frozenset({"ws", "wss"})


def is_websocket(order: PlaceCall) -> bool:
    """Whether a call goes to a WebSocket, of ours or of a proxy in front of us."""
    return order.remote.transport in _TRANSPORTS or _transport_of(order.target) in _TRANSPORTS


def _transport_of(uri: str) -> str:
    _, _, parameters = uri.lower().partition(";transport=")
    return parameters.partition(";")[0].partition("?")[0].rstrip(">")
