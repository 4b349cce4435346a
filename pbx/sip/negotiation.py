"""Offer/answer of one leg (RFC 3264): one audio stream and its telephone-event (RFC 4733)."""

from dataclasses import replace

from pbx.core.audio import Direction
from pbx.core.errors import MisuseError, PeerViolation
from pbx.core.ids import Ids
from pbx.core.srtp import Fingerprint
from pbx.sip.audio_line import (
    PTIME_MS,
    AudioLine,
    agreed_format,
    dtmf_clock,
    offers_comfort_noise,
    ptime_of,
)
from pbx.sip.audio_section import MIRROR, audio_index, is_usable, offered_direction, refused, restrict
from pbx.sip.image_line import NegotiatedImage, image_place, read_image, wanted_image
from pbx.sip.media_place import media_place
from pbx.sip.media_profile import PLAIN as PLAIN
from pbx.sip.media_profile import MediaProfile as MediaProfile
from pbx.sip.media_security import Attribute, Kind, MediaSecurity, kind_of
from pbx.sip.negotiated_audio import NegotiatedAudio as NegotiatedAudio
from pbx.sip.passed_codecs import PASSED_THROUGH, fits, packet_ms, plain
from pbx.sip.record_attributes import RecordState, record_lines, record_of
from pbx.sip.rtp_codecs import PayloadTypes, codec_names, codec_of, dtmf_types
from pbx.sip.sdp import FOR_EVER, Media, Origin, SessionDescription, parse_sdp

NOT_ACCEPTABLE = 488
Place = tuple[str, int]  # host and port where audio is received


class Negotiation:
    """Our side of the offer/answer exchanges of one leg.

    `place` = host and port where we receive. The o= version grows only when a description differs from the
    one sent before (RFC 3264 §8). Nothing but our own address is said about us or about the other leg.
    """

    __slots__ = (
        "_answered",
        "_before",
        "_codec",
        "_described",
        "_host",
        "_ids",
        "_line",
        "_media",
        "_offered",
        "_port",
        "_record",
        "_security",
        "_sent",
        "_session_id",
        "_types",
        "_version",
        "profile",
    )

    def __init__(
        self,
        place: tuple[str, int],
        session_id: int,
        profile: MediaProfile = PLAIN,
        *,
        ids: Ids | None = None,
        fingerprint: Fingerprint | None = None,
    ) -> None:
        """`ids` and the `fingerprint` of the media worker's certificate are what encryption needs."""
        self._host, self._port = place
        self._session_id = session_id
        self.profile, self._ids = profile, ids
        self._security = MediaSecurity(profile.srtp, place, ids, fingerprint, profile.suites)
        self._codec = ""  # the agreed one, by its name in `CODECS`
        self._version = session_id
        self._sent: SessionDescription | None = None
        self._media: tuple[Media, ...] = ()  # m= lines of the last exchange; their number never shrinks
        self._before: tuple[Media, ...] = ()  # those before our last offer
        self._offered: Direction | None = None
        self._described: Direction | None = None  # of our last description, offer or answer
        self._line: AudioLine | None = None  # our half of the last exchange
        self._answered = b""  # the offer that we answered last
        self._types = PayloadTypes()
        self._record: RecordState | None = None  # None = the peer does not ask

    def indicate(self, state: RecordState) -> None:
        """From now on our descriptions say what is recorded of the peer (RFC 7866 §7.1.2)."""
        self._record = state

    @property
    def indicated(self) -> RecordState | None:
        """What our last description said of recording, None = nothing."""
        return record_of(self._media)

    def move(self, place: tuple[str, int], fingerprint: Fingerprint | None = None) -> bool:
        """Receive elsewhere from now on, with new keys; True when the peer knows the former place."""
        self._host, self._port = place
        profile = self.profile
        self._security = MediaSecurity(profile.srtp, place, self._ids, fingerprint, profile.suites)
        self._answered = b""
        return self._sent is not None

    @property
    def codec(self) -> str:
        """The agreed codec, "" before anything is agreed."""
        return self._codec

    def offer(
        self, direction: Direction = "sendrecv", first: tuple[str, ...] = (), at: Place | None = None
    ) -> bytes:
        """Return a new offer; m= lines of an earlier exchange keep their place, those not audio stay off.

        `first` = codecs that the other party has, which spare transcoding; without it the agreed one. What
        we can only pass through is offered when it is among them. `at` = where whom the peer talks with
        receives: it is to send there, unprotected, in the agreed codec and no other.
        """
        host, port = at or (self._host, self._port)
        agreed = (self._codec,) if self._codec else ()
        names = agreed if at else self._names(first or agreed)
        events_beside = ("opus", "AMR-WB")  # RFC 4733 §2.4.1: a clock of their own
        clocks = {8000} | {codec_of(name).clock_rate for name in names if plain(name) in events_beside}
        protection = self._security.offer("plain" if at else self._kind())
        self._line = AudioLine(
            port=port,
            protocol=protection.protocol,
            codecs=names,
            dtmf_clocks=tuple(sorted(clocks)) if self._takes_events else (),
            ptime_ms=packet_ms(next(iter(names), ""), PTIME_MS),
            direction=direction,
            attributes=(*protection.media, *record_lines(self._record)),
        )
        self._offered = self._described = direction
        return self._describe(self._with(self._line.media(self._types)), protection.session, host=host)

    def again(self) -> bytes:
        """Offer what is agreed and nothing else: only what it says of recording has changed."""
        if self._line is None or not self._codec:
            return self.offer()
        protection = self._security.offer(self._kind())
        self._line = replace(
            self._line,
            port=self._port,
            codecs=(self._codec,),
            attributes=(*protection.media, *record_lines(self._record)),
        )
        self._offered = self._described = self._line.direction
        return self._describe(self._with(self._line.media(self._types)), protection.session)

    def _with(self, ours: Media) -> tuple[Media, ...]:
        """Return the m= lines with the one that is on: T.38 has the place of audio (RFC 3264 §8.3)."""
        self._before = self._media
        audio = audio_index(self._media)
        place = image_place(self._media) if audio is None else audio
        lines = [refused(media) for media in self._media]
        if place is None:
            return (*lines, ours)
        lines[place] = ours
        return tuple(lines)

    def wanted_image(self, offer: bytes) -> NegotiatedImage | None:
        """Return the T.38 that the peer wants in the place of audio, None for any other offer.

        PeerViolation 488 when it names an address that we do not send to.
        """
        return wanted_image(offer, self.profile.peers)

    def offer_image(self, image: NegotiatedImage) -> bytes:
        """Return the offer of T.38 with what another party said of it, in the place of our audio."""
        return self._describe(self._with(image.media(self._port)), ())

    def withdraw(self) -> None:
        """Our last offer was refused: the session goes on as it was."""
        self._media = self._before

    def accept_image(self, answer: bytes) -> NegotiatedImage:
        """Return the peer's half of the T.38 we offered; ParseError 400, PeerViolation 488 if refused."""
        place = image_place(self._media)
        return read_image(parse_sdp(answer), len(self._media) if place is None else place, self.profile.peers)

    def answer_image(self, offer: bytes, image: NegotiatedImage) -> bytes:
        """Return our answer to an offer of T.38, with what another party said of it."""
        description = parse_sdp(offer)
        place = image_place(description.media)
        if place is None:
            raise PeerViolation("no T.38 in the offer", NOT_ACCEPTABLE)
        lines = [refused(media) for media in description.media]
        lines[place] = image.media(self._port)
        return self._describe(tuple(lines), (), description.time)

    def _names(self, first: tuple[str, ...]) -> tuple[str, ...]:
        """Return the codecs of an offer; beside what can only be passed through nothing could be heard."""
        known = self.profile.codecs
        names = tuple(name for name in first if plain(name) in known)
        if names and PASSED_THROUGH.issuperset(map(plain, first)):
            return names
        return names + tuple(name for name in known if name not in names and name not in PASSED_THROUGH)

    @property
    def _takes_events(self) -> bool:
        """Whether telephone-events count; a peer that is promised them presses keys in no other way."""
        return self.profile.digits in ("auto", "rfc4733")

    def _kind(self) -> Kind:
        """Return how an offer is protected: as the session is, for it never changes (RFC 3264 §8.3)."""
        if self._line is None:
            return self.profile.offers
        return kind_of(self._line.media(self._types)) or "plain"

    def answer(
        self, offer: bytes, direction: Direction = "sendrecv", prefer: str = ""
    ) -> tuple[bytes, NegotiatedAudio]:
        """Return our answer and what was agreed; `direction` is the most we want.

        `prefer` = the other leg's codec: taken if it is offered. Else the peer's first among ours counts.
        ParseError 400 for a malformed offer, PeerViolation 488 without an audio stream and codec of ours.
        """
        description = parse_sdp(offer)
        prefer = self._codec if offer == self._answered else prefer  # a 200 repeats the answer of a 183
        place, codec = self._first_audio(description, prefer)
        theirs = description.media[place]
        agreed = restrict(MIRROR[offered_direction(description, theirs)], direction)
        self._adopt(theirs, codec)
        protection = self._security.answer(description, theirs)
        clock = dtmf_clock(theirs, codec_of(codec).clock_rate) if self._takes_events else None
        self._line = AudioLine(
            port=self._port,
            protocol=protection.protocol,
            codecs=(codec,),
            dtmf_clocks=() if clock is None else (clock,),
            comfort_noise=offers_comfort_noise(theirs) and codec_of(codec).clock_rate == 8000,
            ptime_ms=packet_ms(codec, ptime_of(theirs)),
            direction=agreed,
            attributes=(*protection.media, *record_lines(self._record)),
        )
        audio = self._negotiated(description, theirs, codec, agreed)
        audio = replace(audio, security=protection.security)
        lines = [refused(media) for media in description.media]
        lines[place] = self._line.media(self._types)
        self._offered, self._described, self._answered = None, agreed, offer
        return self._describe(tuple(lines), protection.session, description.time), audio

    def judge(self, offer: bytes) -> None:
        """Change nothing; raise what an `answer` would whatever codec the other party has.

        ParseError 400 for a malformed offer, PeerViolation 488 for one that can never be answered.
        """
        description, peers = parse_sdp(offer), self.profile.peers
        fault = PeerViolation("no audio line with a codec of ours", NOT_ACCEPTABLE)
        for media in description.media:
            known = set(map(plain, codec_names(media).values())).intersection(self.profile.codecs)
            if is_usable(media) and known and self._security.accepts(media):
                try:
                    media_place(description, media, peers)
                except PeerViolation as error:
                    fault = error
                else:
                    return
        raise fault

    def accept(self, answer: bytes) -> NegotiatedAudio:
        """Return what the peer's answer to our last offer agreed to; a 200 may repeat that of a 183.

        ParseError 400 for a malformed answer, PeerViolation 488 when it refuses our audio or takes a codec
        that was not offered; MisuseError when there is no offer of ours.
        """
        if self._offered is None or self._line is None:
            raise MisuseError("an answer without an offer of ours")
        description = parse_sdp(answer)
        place = audio_index(self._media)
        if place is None or place >= len(description.media):
            raise PeerViolation("the answer has too few media lines", NOT_ACCEPTABLE)
        theirs = description.media[place]
        names = codec_names(theirs).values() if is_usable(theirs) else ()
        agreed_on = ((name, one) for name in names for one in self._line.codecs if fits(name, one))
        codec, offered = next(agreed_on, ("", ""))
        if not codec:
            raise PeerViolation("the answer refuses audio, or has no codec of the offer", NOT_ACCEPTABLE)
        self._types.adopt(codec, self._types.of(offered))
        agreed = restrict(MIRROR[offered_direction(description, theirs)], self._offered)
        security = self._security.accept(description, theirs, self._kind())
        return replace(self._negotiated(description, theirs, codec, agreed), security=security)

    def renew(self, description: bytes) -> NegotiatedAudio:
        """Return what the peer's latest description agrees to, whoever offered last: our own still counts.

        ParseError 400, PeerViolation 488; MisuseError when we have described nothing yet.
        """
        self._offered = self._offered or self._described
        return self.accept(description)

    def _first_audio(self, description: SessionDescription, prefer: str) -> tuple[int, str]:
        """Take the peer's first codec among ours (RFC 3264 §6.1: the offerer's order is preferred)."""
        for index, media in enumerate(description.media):
            names = [name for name in codec_names(media).values() if self._speaks(name, prefer)]
            if is_usable(media) and names and self._security.accepts(media):
                return index, prefer if any(fits(prefer, name) for name in names) else names[0]
        raise PeerViolation("no audio line with a codec of ours", NOT_ACCEPTABLE)

    def _speaks(self, name: str, prefer: str) -> bool:
        name, known = plain(name), name
        return name in self.profile.codecs and (name not in PASSED_THROUGH or fits(prefer, known))

    def _adopt(self, theirs: Media, chosen: str) -> None:
        for kind, name in codec_names(theirs).items():
            self._types.adopt(name, int(kind))
            if fits(chosen, name):
                self._types.adopt(chosen, int(kind))
        for clock, number in dtmf_types(theirs).items():
            self._types.adopt_dtmf(clock, number)

    def _negotiated(
        self, description: SessionDescription, theirs: Media, codec: str, direction: Direction
    ) -> NegotiatedAudio:
        assert self._line is not None, "both halves are known"
        place = media_place(description, theirs, self.profile.peers)
        self._codec = codec
        return NegotiatedAudio(
            host=place.host,
            port=place.port,
            rtcp=self.profile.reports_at(place.rtcp, place.host),
            origins=self.profile.origins(place.host),
            format=agreed_format(theirs, codec, self._line, self._types),
            direction=direction,
            digits=self.profile.digits,
            treatment=self.profile.treatment,
            direct=self.profile.direct,
        )

    def _describe(
        self,
        media: tuple[Media, ...],
        attributes: tuple[Attribute, ...],
        time: str = FOR_EVER,
        host: str = "",
    ) -> bytes:
        self._media = media
        origin = Origin(session_id=self._session_id, version=self._version, host=self._host)
        description = SessionDescription(
            origin=origin, host=host or self._host, time=time, attributes=attributes, media=media
        )
        if self._sent is not None and description != self._sent:
            self._version += 1
            description = replace(description, origin=replace(origin, version=self._version))
        self._sent = description
        return bytes(description)
