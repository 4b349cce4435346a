"""Where a peer hears: the address and port that its description names (RFC 8866 §5.7, §5.14)."""

from pbx.core.address import literal
from pbx.core.errors import PeerViolation
from pbx.sip.media_peers import MediaPeers
from pbx.sip.sdp import Media, SessionDescription

NOT_ACCEPTABLE = 488
Place = tuple[str, int]


def media_place(description: SessionDescription, media: Media, peers: MediaPeers) -> Place:
    """Return the IP literal, as the kernel will name the source of packets, and the port of a section.

    PeerViolation 488 for a name and for what `peers` object to.
    """
    return _sendable(description.host_of(media), media.port, peers)


def _sendable(host: str, port: int, peers: MediaPeers) -> Place:
    address = literal(host)
    if address is None:  # names would make the media plane wait for DNS; no phone sends one
        raise PeerViolation("the audio has no IP address", NOT_ACCEPTABLE)
    objection = peers.objection(address.compressed, port)
    if objection:
        raise PeerViolation(f"the audio goes to {objection}", NOT_ACCEPTABLE)
    return address.compressed, port
