"""Offer/answer of one leg (RFC 3264): one audio stream, G.711 and telephone-event (RFC 4733)."""

from dataclasses import dataclass, replace

from pbx.core.address import literal
from pbx.core.audio import AudioFormat, Direction, Encoding
from pbx.core.errors import MisuseError, PeerViolation
from pbx.sip.sdp import FOR_EVER, Media, Origin, SessionDescription, parse_sdp

PTIME_MS = 20
OFFERED_DTMF_TYPE = 101  # what nearly every peer uses
DTMF_EVENTS = "0-15"  # RFC 4733 §3.2
NOT_ACCEPTABLE = 488
PROTOCOL = "RTP/AVP"

Codec = tuple[Encoding, str]  # and its payload type

_STATIC: dict[Encoding, str] = {"PCMU": "0", "PCMA": "8"}  # RFC 3551 §6
_MIRROR: dict[Direction, Direction] = {
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
_DTMF = "TELEPHONE-EVENT/8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiatedAudio:
    """Where to send audio and how; `direction` is seen from us, `host` is an IP literal.

    A peer that holds with c=0.0.0.0 shows here with a direction that does not send.
    """

    host: str
    port: int
    format: AudioFormat
    direction: Direction


def restrict(one: Direction, other: Direction) -> Direction:
    """Return what both directions allow, seen from the same end."""
    return _DIRECTION[one in _SENDS and other in _SENDS, one in _RECEIVES and other in _RECEIVES]


class Negotiation:
    """Our side of the offer/answer exchanges of one leg.

    `host` and `port` are where we receive. The o= version grows only when a description differs from the
    one sent before (RFC 3264 §8). Nothing but our own address is said about us or about the other leg.
    """

    __slots__ = (
        "_described",
        "_dtmf",
        "_host",
        "_media",
        "_offered",
        "_port",
        "_preferred",
        "_sent",
        "_session_id",
        "_version",
    )

    def __init__(
        self, host: str, port: int, session_id: int, preferred: tuple[Encoding, ...] = ("PCMA", "PCMU")
    ) -> None:
        self._host = host
        self._port = port
        self._session_id = session_id
        self._preferred = preferred
        self._version = session_id
        self._sent: SessionDescription | None = None
        self._media: tuple[Media, ...] = ()  # m= lines of the last exchange; their number never shrinks
        self._offered: Direction | None = None
        self._described: Direction | None = None  # of our last description, offer or answer
        self._dtmf = str(OFFERED_DTMF_TYPE)  # a mapping once used stays for the session (RFC 3264 §8.3.2)

    def offer(self, direction: Direction = "sendrecv") -> bytes:
        """Return a new offer; m= lines of an earlier exchange keep their place, those not audio stay off."""
        codecs = [(name, _STATIC[name]) for name in self._preferred]
        ours = self._audio(codecs, self._dtmf, direction)
        place = _audio_index(self._media)
        lines = [_refused(media) for media in self._media]
        if place is None:
            lines.append(ours)
        else:
            lines[place] = ours
        self._offered = self._described = direction
        return self._describe(tuple(lines))

    def answer(self, offer: bytes, direction: Direction = "sendrecv") -> tuple[bytes, NegotiatedAudio]:
        """Return our answer and what was agreed; `direction` is the most we want.

        ParseError 400 for a malformed offer, PeerViolation 488 without an audio stream and codec of ours.
        """
        description = parse_sdp(offer)
        place, codec = self._first_audio(description)
        theirs = description.media[place]
        agreed = restrict(_MIRROR[_offered_direction(description, theirs)], direction)
        audio = _negotiated(description, theirs, codec, agreed)
        lines = [_refused(media) for media in description.media]
        lines[place] = self._audio([codec], self._remember_dtmf(audio), agreed)
        self._offered, self._described = None, agreed
        return self._describe(tuple(lines), description.time), audio

    def accept(self, answer: bytes) -> NegotiatedAudio:
        """Return what the peer's answer to our last offer agreed to; a 200 may repeat that of a 183.

        ParseError 400 for a malformed answer, PeerViolation 488 when it refuses our audio or takes a codec
        that was not offered; MisuseError when there is no offer of ours.
        """
        if self._offered is None:
            raise MisuseError("an answer without an offer of ours")
        description = parse_sdp(answer)
        place = _audio_index(self._media)
        if place is None or place >= len(description.media):
            raise PeerViolation("the answer has too few media lines", NOT_ACCEPTABLE)
        theirs = description.media[place]
        codec = self._codec(theirs) if _is_usable(theirs) else None
        if codec is None:
            raise PeerViolation("the answer refuses audio, or has no codec of the offer", NOT_ACCEPTABLE)
        agreed = restrict(_MIRROR[_offered_direction(description, theirs)], self._offered)
        audio = _negotiated(description, theirs, codec, agreed)
        self._remember_dtmf(audio)
        return audio

    def renew(self, description: bytes) -> NegotiatedAudio:
        """Return what the peer's latest description agrees to, whoever offered last: our own still counts.

        ParseError 400, PeerViolation 488; MisuseError when we have described nothing yet.
        """
        self._offered = self._offered or self._described
        return self.accept(description)

    def _first_audio(self, description: SessionDescription) -> tuple[int, Codec]:
        for index, media in enumerate(description.media):
            codec = self._codec(media) if _is_usable(media) else None
            if codec is not None:
                return index, codec
        raise PeerViolation("no audio line with a codec of ours", NOT_ACCEPTABLE)

    def _codec(self, theirs: Media) -> Codec | None:
        """Take the peer's first payload type among ours (RFC 3264 §6.1: the offerer's order is preferred)."""
        names = {f"{name}/8000": name for name in self._preferred}
        maps = theirs.rtpmap
        static = {kind: f"{name}/8000" for name, kind in _STATIC.items()}
        for kind in theirs.formats:
            name = names.get(maps.get(kind, static.get(kind, "")))
            if name is not None and _is_payload_type(kind):
                return name, kind
        return None

    def _remember_dtmf(self, audio: NegotiatedAudio) -> str | None:
        if audio.format.dtmf_payload_type is None:
            return None
        self._dtmf = str(audio.format.dtmf_payload_type)
        return self._dtmf

    def _audio(self, codecs: list[Codec], dtmf: str | None, direction: Direction) -> Media:
        attributes: list[tuple[str, str | None]] = [
            ("rtpmap", f"{kind} {name}/8000") for name, kind in codecs
        ]
        formats = [kind for _, kind in codecs]
        if dtmf is not None:
            formats.append(dtmf)
            attributes += [
                ("rtpmap", f"{dtmf} telephone-event/8000"),
                ("fmtp", f"{dtmf} {DTMF_EVENTS}"),
            ]
        attributes += [("ptime", str(PTIME_MS)), (direction, None)]
        return Media(
            kind="audio",
            port=self._port,
            protocol=PROTOCOL,
            formats=tuple(formats),
            attributes=tuple(attributes),
        )

    def _describe(self, media: tuple[Media, ...], time: str = FOR_EVER) -> bytes:
        self._media = media
        origin = Origin(session_id=self._session_id, version=self._version, host=self._host)
        description = SessionDescription(origin=origin, host=self._host, time=time, media=media)
        if self._sent is not None and description != self._sent:
            self._version += 1
            description = replace(description, origin=replace(origin, version=self._version))
        self._sent = description
        return bytes(description)


def decline(offer: bytes) -> bytes:
    """Return the answer that refuses every stream of an offer (RFC 3264 §6); ParseError 400."""
    theirs = parse_sdp(offer)
    host = "::" if ":" in theirs.origin.host else "0.0.0.0"
    origin = Origin(session_id=0, version=0, host=host)
    media = tuple(map(_refused, theirs.media))
    return bytes(SessionDescription(origin=origin, host=host, time=theirs.time, media=media))


def _is_payload_type(kind: str) -> bool:
    return kind.isascii() and kind.isdigit() and len(kind) <= 3 and int(kind) <= 127


def _is_usable(media: Media) -> bool:
    return media.kind == "audio" and media.port > 0 and media.protocol == PROTOCOL


def _audio_index(media: tuple[Media, ...]) -> int | None:
    return next((index for index, one in enumerate(media) if _is_usable(one)), None)


def _refused(media: Media) -> Media:
    """Return the m= line that turns a stream down (RFC 3264 §6): port 0, its formats kept."""
    return Media(kind=media.kind, port=0, protocol=media.protocol, formats=media.formats)


def _dtmf_type(media: Media) -> str | None:
    maps = media.rtpmap
    return next((kind for kind in media.formats if maps.get(kind) == _DTMF and _is_payload_type(kind)), None)


def _is_unspecified(host: str) -> bool:
    address = literal(host)
    return address is not None and address.is_unspecified


def _offered_direction(description: SessionDescription, media: Media) -> Direction:
    """Return the peer's direction; c=0.0.0.0 is the hold of RFC 2543 (RFC 3264 §8.4)."""
    direction = description.direction_of(media)
    if _is_unspecified(description.host_of(media)):
        return restrict(direction, "sendonly")
    return direction


def _negotiated(
    description: SessionDescription, theirs: Media, codec: Codec, direction: Direction
) -> NegotiatedAudio:
    address = literal(description.host_of(theirs))
    if address is None:  # names would make the media plane wait for DNS; no phone sends one
        raise PeerViolation("the audio has no IP address", NOT_ACCEPTABLE)
    dtmf = _dtmf_type(theirs)
    return NegotiatedAudio(
        host=address.compressed,  # as the kernel will name the source of its packets
        port=theirs.port,
        format=AudioFormat(
            encoding=codec[0],
            payload_type=int(codec[1]),
            dtmf_payload_type=None if dtmf is None else int(dtmf),
            ptime_ms=PTIME_MS,
        ),
        direction=direction,
    )
