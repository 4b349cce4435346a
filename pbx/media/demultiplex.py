"""What a datagram on a port with everything on it is (RFC 7983 §7, RFC 5761 §4)."""

from enum import IntEnum


class Kind(IntEnum):
    """STUN, DTLS and media share a port; TURN channels and ZRTP are nothing that we speak."""

    OTHER = 0
    STUN = 1
    DTLS = 2
    MEDIA = 3


_RANGES = ((0, 3, Kind.STUN), (20, 63, Kind.DTLS), (128, 191, Kind.MEDIA))
_RTCP_FIRST, _RTCP_LAST = 64, 95  # payload types that RTP must not have when RTCP is on its port

KINDS: tuple[Kind, ...] = tuple(
    next((kind for first, last, kind in _RANGES if first <= octet <= last), Kind.OTHER)
    for octet in range(256)
)
"""By the first octet."""


def is_rtcp(second: int) -> bool:
    """Return whether a datagram of media with this second octet is RTCP."""
    return _RTCP_FIRST <= second & 0x7F <= _RTCP_LAST
