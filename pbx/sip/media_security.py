"""How one leg's audio is protected: plain, SRTP keys in SDP (RFC 4568), or DTLS-SRTP (RFC 5763).

Opportunistic SRTP (RFC 8643) is an m= line of plain RTP with keys: who cannot use them passes them over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.core.errors import PeerFault, PeerViolation
from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.core.srtp import DTLS_SUITES, DtlsParameters, Fingerprint, SdesKeys, Security, SetupRole, Suite
from pbx.sip.crypto_attribute import (
    CryptoAttribute,
    accepted_crypto,
    choose_crypto,
    new_crypto,
    offer_crypto,
    offered_crypto,
    sdes_keys,
)
from pbx.sip.fingerprint import fingerprints, format_fingerprint, role_to_answer, role_to_offer
from pbx.sip.ice_attributes import (
    answered_bundle,
    has_rtcp_mux,
    ice_credentials,
    ice_lines,
    is_ice_lite,
    mid,
    new_ice,
    remote_ice,
)
from pbx.sip.sdp import Media, SessionDescription

NOT_ACCEPTABLE = 488
Kind = Literal["plain", "osrtp", "sdes", "dtls", "webrtc"]
"""`osrtp`: plain RTP with keys that need not be taken; `webrtc`: DTLS with ICE."""
Policy = Literal["off", "optional", "required"]
Attribute = tuple[str, str | None]

# AVPF only allows feedback to be sent early; whoever sends none keeps to it (RFC 4585 §3.4, §4).
_KINDS: Mapping[str, Kind] = {
    "RTP/AVP": "plain",
    "RTP/AVPF": "plain",
    "RTP/SAVP": "sdes",
    "RTP/SAVPF": "sdes",
    "UDP/TLS/RTP/SAVP": "dtls",
    "UDP/TLS/RTP/SAVPF": "dtls",
}
_OFFERED: Mapping[Kind, str] = {
    "plain": "RTP/AVP",
    "osrtp": "RTP/AVP",
    "sdes": "RTP/SAVP",
    "dtls": "UDP/TLS/RTP/SAVP",
    "webrtc": "UDP/TLS/RTP/SAVPF",
}
_UNPROTECTED: frozenset[Kind | None] = frozenset({"plain", "osrtp"})  # by the profile of the m= line
_BY_DTLS: frozenset[Kind | None] = frozenset({"dtls", "webrtc"})
_PROFILES: tuple[frozenset[Kind | None], ...] = (_UNPROTECTED, frozenset({"sdes"}), _BY_DTLS)
_MID = "0"
_MUX: Attribute = ("rtcp-mux", None)

SUITES: tuple[Suite, ...] = (
    "AEAD_AES_256_GCM",
    "AEAD_AES_128_GCM",
    "AES_256_CM_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_80",
    "AES_256_CM_HMAC_SHA1_32",
    "AES_CM_128_HMAC_SHA1_32",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """One exchange: the protocol of the m= line, attributes of it and of the session, and what was agreed."""

    protocol: str
    media: tuple[Attribute, ...] = ()
    session: tuple[Attribute, ...] = ()
    security: Security | None = None


def is_audio_protocol(protocol: str) -> bool:
    return protocol in _KINDS


def kind_of(media: Media) -> Kind | None:
    """Return how a section is protected; an old SAVPF with a fingerprint means DTLS (RFC 5763 §6)."""
    kind = _KINDS.get(media.protocol)
    if kind == "plain" and media.values("crypto"):
        return "osrtp"
    if kind == "sdes" and media.values("fingerprint"):
        kind = "dtls"
    return "webrtc" if kind == "dtls" and media.values("ice-ufrag") else kind


def is_by_dtls(media: Media) -> bool:
    return kind_of(media) in _BY_DTLS


class MediaSecurity:
    """Our half: keys once made stay, so that a re-INVITE does not interrupt (RFC 4568 §7.1)."""

    __slots__ = (
        "_crypto",
        "_fingerprint",
        "_host",
        "_ice",
        "_ids",
        "_peer_ufrag",
        "_policy",
        "_port",
        "_suites",
        "_wanted",
    )

    def __init__(
        self,
        policy: Policy,
        place: tuple[str, int],
        ids: Ids | None,
        fingerprint: Fingerprint | None,
        suites: tuple[Suite, ...] = (),
    ) -> None:
        """`place` is where we receive; without `ids` there are no keys, so nothing but plain RTP.

        `suites` = the only ones that we offer and accept, best first; () = all in our order.
        """
        self._policy: Policy = policy if ids is not None else "off"
        self._host, self._port = place
        self._ids, self._fingerprint = ids, fingerprint
        self._wanted, self._suites = suites, suites or SUITES
        self._crypto: dict[Suite, CryptoAttribute] = {}
        self._ice: tuple[str, Secret[str]] | None = None
        self._peer_ufrag = ""

    def accepts(self, media: Media) -> bool:
        """Whether an offered section is one that our policy and means allow."""
        kind = kind_of(media)
        if kind in _UNPROTECTED and self._policy != "required":
            return True
        if kind in ("osrtp", "sdes"):
            return self._policy != "off" and choose_crypto(offered_crypto(media), self._suites) is not None
        return kind in _BY_DTLS and self._policy != "off" and self._has_dtls

    @property
    def _has_dtls(self) -> bool:
        """Whether there is a certificate, and a suite that DTLS has."""
        return self._fingerprint is not None and not set(DTLS_SUITES).isdisjoint(self._suites)

    def offer(self, kind: Kind) -> Protection:
        """Return what we offer."""
        if kind in ("osrtp", "sdes"):
            keys: tuple[Attribute, ...] = tuple(("crypto", line.format()) for line in self._offered())
            return Protection(protocol=_OFFERED[kind], media=keys)
        if kind == "dtls":
            return Protection(protocol=_OFFERED[kind], media=(*self._dtls("actpass"), _MUX))
        if kind == "webrtc":
            lines = (*self._dtls("actpass"), *self._candidate(), _MUX, ("mid", _MID))
            session: tuple[Attribute, ...] = (("ice-lite", None), ("group", f"BUNDLE {_MID}"))
            return Protection(protocol=_OFFERED[kind], media=lines, session=session)
        return Protection(protocol=_OFFERED[kind])

    def answer(self, offer: SessionDescription, media: Media) -> Protection:
        """Return what we answer to a section that `accepts` allowed; PeerViolation 488."""
        kind = kind_of(media)
        if kind == "sdes" or (kind == "osrtp" and self._policy != "off"):
            theirs = choose_crypto(offered_crypto(media), self._suites)
            if theirs is None and kind == "osrtp":
                return Protection(protocol=media.protocol)
            if theirs is None:
                raise PeerViolation("no a=crypto that we speak", NOT_ACCEPTABLE)
            ours = self._line(theirs.tag, theirs.suite)
            keys = sdes_keys(ours, theirs)
            return Protection(protocol=media.protocol, media=(("crypto", ours.format()),), security=keys)
        if kind in _BY_DTLS:
            return self._answer_dtls(offer, media)
        return Protection(protocol=media.protocol)

    def accept(self, answer: SessionDescription, media: Media, kind: Kind) -> Security | None:
        """Return what an answer to our offer of `kind` agrees to; PeerViolation 488."""
        theirs = kind_of(media)
        if not any({theirs, kind} <= profile for profile in _PROFILES):
            raise PeerViolation("the answer changes how the audio is protected", NOT_ACCEPTABLE)
        if kind == "osrtp":
            return self._matching(media)
        if kind == "sdes":
            return sdes_keys(*accepted_crypto(self._offered(), media))
        if kind == "plain":
            return None
        return self._dtls_parameters(answer, media, role_to_answer(answer, media), has_ice=kind == "webrtc")

    def _matching(self, answer: Media) -> SdesKeys | None:
        """Return the keys of an answer; without a line that matches the offer it means plain RTP."""
        try:
            return sdes_keys(*accepted_crypto(self._offered(), answer))
        except PeerFault:
            if self._policy == "required":
                raise
            return None

    def _offered(self) -> tuple[CryptoAttribute, ...]:
        if not self._crypto and self._ids is not None:
            self._crypto = {line.suite: line for line in offer_crypto(self._suites, self._ids)}
        tags = enumerate(self._crypto.values(), 1)
        return tuple(CryptoAttribute(tag=tag, suite=line.suite, key=line.key) for tag, line in tags)

    def _line(self, tag: int, suite: Suite) -> CryptoAttribute:
        if suite not in self._crypto:
            assert self._ids is not None, "without it nothing but plain RTP is accepted"
            self._crypto[suite] = new_crypto(tag, suite, self._ids)
        return CryptoAttribute(tag=tag, suite=suite, key=self._crypto[suite].key)

    def _answer_dtls(self, offer: SessionDescription, media: Media) -> Protection:
        parameters = self._dtls_parameters(offer, media, role_to_offer(offer, media), has_ice=True)
        lines = (
            *self._dtls(parameters.role),
            *(self._candidate() if parameters.ice is not None else ()),
            *((_MUX,) if parameters.rtcp_mux else ()),  # RFC 5761 §5.1.1: only what was offered
        )
        name, bundle = mid(media), answered_bundle(offer, media)
        session: tuple[Attribute, ...] = (("ice-lite", None),) if parameters.ice is not None else ()
        return Protection(
            protocol=media.protocol,
            media=(*lines, *((("mid", name),) if name else ())),
            session=(*session, *((bundle,) if bundle is not None else ())),
            security=parameters,
        )

    def _dtls_parameters(
        self, description: SessionDescription, media: Media, role: SetupRole, *, has_ice: bool
    ) -> DtlsParameters:
        """Return what the peer says of itself; `has_ice` = ICE counts, for an answer must not bring it up."""
        theirs = fingerprints(description, media)
        if not theirs:
            raise PeerViolation("DTLS without a fingerprint", NOT_ACCEPTABLE)
        uses_ice = has_ice and not is_ice_lite(description)
        remote = remote_ice(description, media) if uses_ice else None
        return DtlsParameters(
            role=role,
            remote_fingerprints=theirs,
            ice=ice_credentials(self._local_ice(remote[0]), remote) if remote is not None else None,
            rtcp_mux=has_rtcp_mux(media),
            suites=self._wanted,
        )

    def _dtls(self, setup: str) -> tuple[Attribute, ...]:
        assert self._fingerprint is not None, "without a certificate there is no DTLS"
        return ("fingerprint", format_fingerprint(self._fingerprint)), ("setup", setup)

    def _candidate(self) -> tuple[Attribute, ...]:
        return ice_lines(self._local_ice(self._peer_ufrag), self._host, self._port)

    def _local_ice(self, peer_ufrag: str) -> tuple[str, Secret[str]]:
        """Our credentials; new ones when the peer has begun ICE anew (RFC 8839 §4.4.1.1.1)."""
        assert self._ids is not None, "without it nothing but plain RTP is accepted"
        if self._ice is None or (self._peer_ufrag and peer_ufrag != self._peer_ufrag):
            self._ice = new_ice(self._ids)
        self._peer_ufrag = peer_ufrag or self._peer_ufrag
        return self._ice
