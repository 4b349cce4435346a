"""The audio section among the m= lines of a description, and its direction (RFC 3264 §5, §6, §8)."""

from pbx.core.address import literal
from pbx.core.audio import Direction
from pbx.core.errors import ParseError
from pbx.sip.media_security import is_audio_protocol
from pbx.sip.rtp_codecs import codec_names
from pbx.sip.sdp import Media, Origin, SessionDescription, parse_sdp

MIRROR: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
_SENDS: frozenset[Direction] = frozenset(("sendrecv", "sendonly"))
_RECEIVES: frozenset[Direction] = frozenset(("sendrecv", "recvonly"))
_DIRECTION: dict[tuple[bool, bool], Direction] = {
    (True, True): "sendrecv",
    (True, False): "sendonly",
    (False, True): "recvonly",
    (False, False): "inactive",
}


def restrict(one: Direction, other: Direction) -> Direction:
    """Return what both directions allow, seen from the same end."""
    return _DIRECTION[one in _SENDS and other in _SENDS, one in _RECEIVES and other in _RECEIVES]


def offered_codecs(offer: bytes) -> tuple[str, ...]:
    """Return the codecs of the first audio line of an offer, in its order; none for what cannot be read."""
    try:
        description = parse_sdp(offer)
    except ParseError:
        return ()
    place = audio_index(description.media)
    return () if place is None else tuple(dict.fromkeys(codec_names(description.media[place]).values()))


def decline(offer: bytes) -> bytes:
    """Return the answer that refuses every stream of an offer (RFC 3264 §6); ParseError 400."""
    theirs = parse_sdp(offer)
    host = "::" if ":" in theirs.origin.host else "0.0.0.0"
    origin = Origin(session_id=0, version=0, host=host)
    media = tuple(map(refused, theirs.media))
    return bytes(SessionDescription(origin=origin, host=host, time=theirs.time, media=media))


def is_usable(media: Media) -> bool:
    return media.kind == "audio" and media.port > 0 and is_audio_protocol(media.protocol)


def audio_index(media: tuple[Media, ...]) -> int | None:
    return next((index for index, one in enumerate(media) if is_usable(one)), None)


def refused(media: Media) -> Media:
    """Return the m= line that turns a stream down (RFC 3264 §6): port 0, its formats kept."""
    return Media(kind=media.kind, port=0, protocol=media.protocol, formats=media.formats)


def _is_unspecified(host: str) -> bool:
    address = literal(host)
    return address is not None and address.is_unspecified


def offered_direction(description: SessionDescription, media: Media) -> Direction:
    """Return the peer's direction; c=0.0.0.0 is the hold of RFC 2543 (RFC 3264 §8.4), but not with ICE."""
    direction = description.direction_of(media)
    if _is_unspecified(description.host_of(media)) and not media.values("ice-ufrag"):
        return restrict(direction, "sendonly")
    return direction
