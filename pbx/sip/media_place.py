"""Where a peer hears: what its description names for RTP (RFC 8866 §5.7, §5.14) and RTCP (RFC 3605)."""

import re
from dataclasses import dataclass

from pbx.core.address import Address, literal
from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.grammar import parse_number
from pbx.sip.media_peers import MediaPeers
from pbx.sip.media_security import is_by_dtls
from pbx.sip.sdp import Media, SessionDescription

NOT_ACCEPTABLE = 488

_PORT_MAX = 65535
_RTCP = re.compile(r"(?P<port>[0-9]{1,5})( IN IP[46] (?P<host>[A-Za-z0-9.:_\-]{1,255}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlace:
    """Where RTP goes, by IP literal; `rtcp` is where reports go, None = beside it (RFC 3550 §11)."""

    host: str
    port: int
    rtcp: Address | None


def media_place(description: SessionDescription, media: Media, peers: MediaPeers) -> MediaPlace:
    """Return the place of a section, its hosts as the kernel will name the source of packets.

    ParseError 400 for a malformed a=rtcp; PeerViolation 488 for a name and for what `peers` object to.
    """
    host = _sendable(description.host_of(media), media.port, peers)
    return MediaPlace(host=host, port=media.port, rtcp=_rtcp(media, host, peers))


def _rtcp(media: Media, host: str, peers: MediaPeers) -> Address | None:
    """Return what a=rtcp names. RFC 3605 §2.1: without an address that of the c= line counts.

    We agree to rtcp-mux with DTLS only, and have no reports beside it: there the attribute says nothing.
    Port 0 and address 0.0.0.0 name nothing.
    """
    values = media.values("rtcp")
    if not values or is_by_dtls(media):
        return None
    said = _RTCP.fullmatch(values[0].strip())
    if said is None:
        raise ParseError("malformed a=rtcp")
    port = parse_number(said["port"], _PORT_MAX, "a=rtcp port")
    place = Address(_sendable(said["host"] or host, port, peers), port)
    address = literal(place.host)
    return None if port == 0 or address is None or address.is_unspecified else place


def _sendable(host: str, port: int, peers: MediaPeers) -> str:
    address = literal(host)
    if address is None:  # names would make the media plane wait for DNS; no phone sends one
        raise PeerViolation("the audio has no IP address", NOT_ACCEPTABLE)
    objection = peers.objection(address.compressed, port)
    if objection:
        raise PeerViolation(f"the audio goes to {objection}", NOT_ACCEPTABLE)
    return address.compressed
