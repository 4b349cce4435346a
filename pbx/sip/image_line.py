"""The m=image section of a fax by T.38 over UDPTL (ITU-T T.38 Annex D, RFC 3362)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pbx.core.address import literal
from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.grammar import parse_number
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.sdp import Media, SessionDescription, parse_sdp

NOT_ACCEPTABLE = 488
MAX_DATAGRAM = 2047  # octets; more than any network carries unfragmented, and what the media plane passes on
MAX_BIT_RATE = 33_600  # bit/s; V.34, the fastest fax
MAX_BUFFER = 65_535  # octets; usual are 72 to 2000
MAX_VERSION = 9  # of T.38, which is at 4
MAX_REDUNDANCY = 32  # packets; more do not fit into a datagram
MAX_TEXT = 64  # octets of a word: the longest that is defined has 21

_WORDS = re.compile(r"[A-Za-z0-9+/_.-]+( [A-Za-z0-9+/_.-]+)*")

Check = Callable[[str | None], bool]


def _number(most: int) -> Check:
    return lambda value: value is not None and _is_number(value, most)


def _is_number(text: str, most: int) -> bool:
    try:
        return parse_number(text, most, "T.38") <= most
    except ParseError:
        return False


def _flag(value: str | None) -> bool:
    """Annex D has it without a value; many write 0 or 1."""
    return value in (None, "0", "1")


def _words(value: str | None) -> bool:
    return value is not None and len(value) <= MAX_TEXT and _WORDS.fullmatch(value) is not None


def _depth(value: str | None) -> bool:
    """The least redundancy and, where named, the most."""
    parts = (value or "").split(" ")
    return len(parts) <= 2 and all(_is_number(part, MAX_REDUNDANCY) for part in parts)


# By the name in lower case, for the capitals of T38MaxBitRate differ between makers.
ATTRIBUTES: dict[str, Check] = {
    "t38faxversion": _number(MAX_VERSION),
    "t38maxbitrate": _number(MAX_BIT_RATE),
    "t38faxfillbitremoval": _flag,
    "t38faxtranscodingmmr": _flag,
    "t38faxtranscodingjbig": _flag,
    "t38faxratemanagement": _words,
    "t38faxmaxbuffer": _number(MAX_BUFFER),
    "t38faxmaxdatagram": _number(MAX_DATAGRAM),
    "t38faxmaxifp": _number(MAX_DATAGRAM),
    "t38faxudpec": _words,
    "t38faxudpecdepth": _depth,
    "t38faxudpfecmaxspan": _number(MAX_REDUNDANCY),
    "t38modemtype": _words,
    "t38vendorinfo": _words,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiatedImage:
    """Where a party takes T.38, and what it said of it; `host` is an IP literal."""

    host: str
    port: int
    attributes: tuple[tuple[str, str | None], ...] = ()

    def media(self, port: int) -> Media:
        """Return the section that says the same of us, at our port."""
        attributes = self.attributes
        return Media(kind="image", port=port, protocol="udptl", formats=("t38",), attributes=attributes)


def is_image(media: Media) -> bool:
    """Whether a section is T.38 over UDPTL that is not turned down."""
    is_udptl = media.kind == "image" and media.protocol.lower() == "udptl"
    return is_udptl and media.port > 0 and any(one.lower() == "t38" for one in media.formats)


def image_place(media: tuple[Media, ...]) -> int | None:
    """Return the index of the first T.38 section, None without one."""
    return next((index for index, one in enumerate(media) if is_image(one)), None)


def wanted_image(offer: bytes, peers: MediaPeers = ANYBODY) -> NegotiatedImage | None:
    """Return the T.38 that an offer has in the place of audio, None when it has audio or is no such offer.

    PeerViolation 488 when nothing can be sent to it, or may not by `peers`.
    """
    try:
        description = parse_sdp(offer)
    except ParseError:
        return None
    place = image_place(description.media)
    if place is None or any(one.kind == "audio" and one.port for one in description.media):
        return None
    return read_image(description, place, peers)


def read_image(description: SessionDescription, place: int, peers: MediaPeers = ANYBODY) -> NegotiatedImage:
    """Return what a description says of the T.38 at `place`; PeerViolation 488 when it is not there.

    An attribute that is not known, or beyond its limit, is left out; of several the first counts.
    """
    section = description.media[place] if place < len(description.media) else None
    if section is None or not is_image(section):
        raise PeerViolation("T.38 is turned down", NOT_ACCEPTABLE)
    address = literal(description.host_of(section))
    if address is None or address.is_unspecified:
        raise PeerViolation("the T.38 has no IP address", NOT_ACCEPTABLE)
    objection = peers.objection(address.compressed, section.port)
    if objection:
        raise PeerViolation(f"the T.38 goes to {objection}", NOT_ACCEPTABLE)
    kept: dict[str, tuple[str, str | None]] = {}
    for name, value in section.attributes:
        check = ATTRIBUTES.get(name.lower())
        if check is not None and check(value):
            kept.setdefault(name.lower(), (name, value))
    return NegotiatedImage(host=address.compressed, port=section.port, attributes=tuple(kept.values()))
