"""The session description of a recording session (RFC 7866 §7.1.1): an m= line per recorded stream."""

from dataclasses import dataclass, replace
from typing import Literal

from pbx.core.address import Address
from pbx.core.audio import AudioFormat, Direction
from pbx.core.errors import PeerFault, PeerViolation
from pbx.core.ids import Ids
from pbx.core.srtp import Security
from pbx.sip.audio_line import AudioLine, agreed_format
from pbx.sip.audio_section import MIRROR, is_usable, offered_direction, refused, restrict
from pbx.sip.media_peers import MediaPeers
from pbx.sip.media_place import media_place
from pbx.sip.media_security import Kind, MediaSecurity, Policy, Protection
from pbx.sip.rtp_codecs import PayloadTypes, codec_names
from pbx.sip.sdp import FOR_EVER, Media, Origin, SessionDescription, parse_sdp

NOT_ACCEPTABLE = 488
Secrecy = Literal["off", "optional", "required"]
_LAWS = ("PCMA", "PCMU")  # one is made of the other by a table
_KINDS: dict[Secrecy, Kind] = {"off": "plain", "optional": "osrtp", "required": "sdes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLine:
    """One recorded stream: `place` is where our packets come from, `codec` the name of what they carry."""

    label: str
    place: tuple[str, int]
    codec: str
    direction: Direction = "sendonly"

    @property
    def codecs(self) -> tuple[str, ...]:
        """What the recorder may choose from, best first."""
        laws = tuple(name for name in _LAWS if name != self.codec)
        return (self.codec, *laws) if self.codec in _LAWS else (self.codec,)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAudio:
    """What the recorder takes of one stream, and where; `direction` is ours: sendonly or inactive."""

    host: str
    port: int
    rtcp: Address | None
    format: AudioFormat
    direction: Direction
    security: Security | None


Slots = tuple[StreamLine | None, ...]  # by place of the m= line; None = its stream has ended
Agreed = tuple[StreamAudio | None, ...]  # None = the recorder does not take it


class RecordingDescription:
    """Our side of the offers and answers of one recording session; the number of m= lines never shrinks."""

    __slots__ = ("_ids", "_lines", "_peers", "_secrecy", "_secured", "_sent", "_session_id", "_types")

    def __init__(self, session_id: int, secrecy: Secrecy, ids: Ids, *, peers: MediaPeers) -> None:
        self._session_id, self._secrecy, self._ids, self._peers = session_id, secrecy, ids, peers
        self._types = PayloadTypes()
        self._secured: dict[tuple[str, tuple[str, int]], MediaSecurity] = {}
        self._lines: tuple[AudioLine | None, ...] = ()
        self._sent: SessionDescription | None = None

    def offer(self, slots: Slots) -> bytes:
        """Return a new offer; at least one stream has to be open."""
        self._lines = tuple(None if slot is None else self._line(slot) for slot in slots)
        host = _host(slots)
        media = tuple(self._media(slot, line, host) for slot, line in zip(slots, self._lines, strict=True))
        return self._describe(slots, media)

    def accept(self, answer: bytes, slots: Slots) -> Agreed:
        """Return what the answer takes of the streams that were offered.

        ParseError 400 for a malformed one, PeerViolation 488 for one that takes none of them.
        """
        theirs = parse_sdp(answer)
        if len(theirs.media) < len(slots):
            raise PeerViolation("the answer has too few media lines", NOT_ACCEPTABLE)
        agreed = tuple(
            None if slot is None or line is None else self._read(theirs, media, slot, line)
            for slot, line, media in zip(slots, self._lines, theirs.media, strict=False)
        )
        if not any(agreed):
            raise PeerViolation("the recorder takes no stream", NOT_ACCEPTABLE)
        return agreed

    def answer(self, offer: bytes, slots: Slots) -> tuple[bytes, Agreed]:
        """Answer the recorder's own offer: it may pause streams and move, no more (RFC 7866 §7.2).

        ParseError 400, PeerViolation 488 when it has too few lines, or takes none.
        """
        theirs = parse_sdp(offer)
        if len(theirs.media) < len(slots):
            raise PeerViolation("the offer has too few media lines", NOT_ACCEPTABLE)
        lines: list[Media] = [refused(media) for media in theirs.media]
        agreed: list[StreamAudio | None] = []
        for index, slot in enumerate(slots):
            ours, audio = (None, None) if slot is None else self._reply(theirs, theirs.media[index], slot)
            lines[index] = ours or lines[index]
            agreed.append(audio)
        if not any(agreed):
            raise PeerViolation("the recorder takes no stream", NOT_ACCEPTABLE)
        return self._describe(slots, tuple(lines)), tuple(agreed)

    def _reply(
        self, description: SessionDescription, theirs: Media, slot: StreamLine
    ) -> tuple[Media | None, StreamAudio | None]:
        security = self._security(slot)
        if not security.accepts(theirs):
            return None, None
        protection = security.answer(description, theirs)
        direction = restrict(slot.direction, MIRROR[offered_direction(description, theirs)])
        slot = replace(slot, direction=direction)
        line = _audio_line(slot, protection)
        audio = self._audio((description, theirs), slot, line, protection.security)
        return (self._media(slot, line, slot.place[0]), audio) if audio is not None else (None, None)

    def _line(self, slot: StreamLine) -> AudioLine:
        return _audio_line(slot, self._security(slot).offer(_KINDS[self._secrecy]))

    def _media(self, slot: StreamLine | None, line: AudioLine | None, host: str) -> Media:
        if slot is None or line is None:
            return Media(kind="audio", port=0, protocol="RTP/AVP", formats=("8",))
        media = line.media(self._types)
        return media if slot.place[0] == host else replace(media, host=slot.place[0])

    def _security(self, slot: StreamLine) -> MediaSecurity:
        """Keys belong to a stream at a place: when it moves, they are new."""
        key = (slot.label, slot.place)
        policy: Policy = self._secrecy
        return self._secured.setdefault(key, MediaSecurity(policy, slot.place, self._ids, None))

    def _read(
        self, description: SessionDescription, media: Media, slot: StreamLine, line: AudioLine
    ) -> StreamAudio | None:
        try:
            security = self._security(slot).accept(description, media, _KINDS[self._secrecy])
        except PeerFault:
            return None
        return self._audio((description, media), slot, line, security)

    def _audio(
        self,
        theirs: tuple[SessionDescription, Media],
        slot: StreamLine,
        line: AudioLine,
        security: Security | None,
    ) -> StreamAudio | None:
        description, media = theirs
        names = codec_names(media).values() if is_usable(media) else ()
        codec = next((name for name in names if name in slot.codecs), None)
        if codec is None:
            return None
        try:
            place = media_place(description, media, self._peers)
        except PeerFault:
            return None
        return StreamAudio(
            host=place.host,
            port=place.port,
            rtcp=place.rtcp,
            format=agreed_format(media, codec, line, self._types),
            direction=restrict(MIRROR[offered_direction(description, media)], slot.direction),
            security=security,
        )

    def _describe(self, slots: Slots, media: tuple[Media, ...]) -> bytes:
        host, before = _host(slots), self._sent
        version = before.origin.version if before is not None else self._session_id
        origin = Origin(session_id=self._session_id, version=version, host=host)
        description = SessionDescription(origin=origin, host=host, time=FOR_EVER, media=media)
        if before is not None and description != before:
            description = replace(description, origin=replace(origin, version=version + 1))
        self._sent = description
        return bytes(description)


def _host(slots: Slots) -> str:
    return next((slot.place[0] for slot in slots if slot is not None), "0.0.0.0")


def _audio_line(slot: StreamLine, protection: Protection) -> AudioLine:
    return AudioLine(
        port=slot.place[1],
        protocol=protection.protocol,
        codecs=slot.codecs,
        dtmf_clocks=(),  # keys of the parties are nothing that a recorder is told
        direction=slot.direction,
        attributes=(("label", slot.label), *protection.media),
    )
