"""Which calls are placed so that nobody on the way reads them: only those may carry keys (RFC 4568 §8)."""

from pbx.core.address import ENCRYPTED
from pbx.sip.effects import PlaceCall


def is_secret(order: PlaceCall) -> bool:
    """Whether the next hop of a call is reached by TLS; a server that DNS may reach otherwise is not."""
    if order.server is None:
        return order.remote.is_encrypted
    return order.server.secure or order.server.transport in ENCRYPTED
