"""Which IP family a leg's audio goes over: the peer can hear no other."""

from pbx.core.address import Family, family_of
from pbx.sip.effects import PlaceCall
from pbx.sip.events import CallOffered


def caller_family(offered: CallOffered) -> Family:
    """Return the family of the offer's addresses; without one, or with both, that of the signalling."""
    offer = offered.offer or b""
    is_v4, is_v6 = b"c=IN IP4 " in offer, b"c=IN IP6 " in offer
    if is_v4 != is_v6:
        return "ip6" if is_v6 else "ip4"
    return family_of(offered.source.host)


def callee_family(order: PlaceCall) -> Family:
    """Return the family that we call by; a name that DNS has still to tell is taken for IPv4."""
    return family_of(order.remote.host)
