"""SRTP of one leg: what we send is protected, what comes is opened (RFC 3711, RFC 7714)."""

import base64
from collections.abc import Callable
from typing import NamedTuple, Protocol

import pylibsrtp

from pbx.core.errors import MisuseError
from pbx.core.srtp import SUITES, SdesKeys, Suite
from pbx.media.rtp import HEADER_BYTES
from pbx.media.srtp_counter_mode import RTCP_HEADER_BYTES, CounterMode
from pbx.media.srtp_refusal import Reason, Refused

MAX_SOURCES = 64  # SSRCs of the peer under one key; a telephone takes a new one per hold at most

_PROFILES: dict[Suite, int] = {
    "AES_CM_128_HMAC_SHA1_80": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
_REASONS = {
    "authentication failure": Reason.BAD_TAG,
    "cipher failure": Reason.BAD_TAG,
    "replay check failed (bad index)": Reason.REPLAYED,
    "replay check failed (index too old)": Reason.REPLAYED,
    "packet index is too old to consider": Reason.REPLAYED,
}
_VERSION_2 = 2


class _Layout(NamedTuple):
    """Where RTP and RTCP differ."""

    header_bytes: int
    ssrc_at: int


_RTP, _RTCP = _Layout(HEADER_BYTES, 8), _Layout(RTCP_HEADER_BYTES, 4)


class Direction(Protocol):
    """One direction under one master key."""

    def protect(self, packet: bytes, /) -> bytes: ...
    def unprotect(self, packet: bytes, /) -> bytes: ...
    def protect_rtcp(self, packet: bytes, /) -> bytes: ...
    def unprotect_rtcp(self, packet: bytes, /) -> bytes: ...


def _direction(suite: Suite, master: bytes, ssrc_type: int) -> Direction:
    if len(master) != SUITES[suite].master_bytes:
        raise MisuseError(f"a master key of {len(master)} octets for {suite}")
    profile = _PROFILES.get(suite)
    if profile is None:
        return CounterMode(suite, master)
    return pylibsrtp.Session(pylibsrtp.Policy(key=master, ssrc_type=ssrc_type, srtp_profile=profile))


class SrtpSession:
    """Both directions. `refused` counts the peer's packets that were not taken, by reason.

    `mki` is the master key identifier in the peer's packets (RFC 3711 §3.1), which SDES may agree on.
    Rollover counters live as long as their key: a session renewed with the same key goes on counting.
    """

    __slots__ = ("_inbound", "_keys", "_mki", "_outbound", "_sources", "refused")

    def __init__(self, suite: Suite, local: bytes, remote: bytes, mki: bytes = b"") -> None:
        self._outbound = _direction(suite, local, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self._inbound = _direction(suite, remote, pylibsrtp.Policy.SSRC_ANY_INBOUND)
        self._keys = suite, local, remote
        self._mki = mki
        self._sources: set[bytes] = set()
        self.refused = dict.fromkeys(Reason, 0)

    def __repr__(self) -> str:
        return f"SrtpSession({self._keys[0]})"

    @classmethod
    def of(cls, keys: SdesKeys) -> "SrtpSession":
        """Return a session with keys that SDP carried."""
        local, remote = base64.b64decode(keys.local.reveal()), base64.b64decode(keys.remote.reveal())
        return cls(keys.suite, local, remote, bytes.fromhex(keys.remote_mki))

    def renewed(self, keys: SdesKeys) -> "SrtpSession":
        """Return the session after another offer/answer exchange.

        A direction whose key stays goes on with its rollover counter and what it has seen; a new key starts
        from 0. Nobody agrees with everybody else about the counter of an old SSRC under a new key, so a
        sender should take a new SSRC with it.
        """
        new = SrtpSession.of(keys)
        if new._keys[:2] == self._keys[:2]:
            new._outbound = self._outbound
        if new._keys[::2] == self._keys[::2]:
            new._inbound, new._sources = self._inbound, self._sources
        new.refused = self.refused
        return new

    def protect(self, packet: bytes) -> bytes:
        """Return the packet as it goes out; `Refused` for one that is too long or was sent before."""
        try:
            return self._outbound.protect(packet)
        except (pylibsrtp.Error, ValueError) as error:
            raise _refused(error) from None

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return a compound RTCP packet as it goes out; `Refused` as `protect`."""
        try:
            return self._outbound.protect_rtcp(packet)
        except (pylibsrtp.Error, ValueError) as error:
            raise _refused(error) from None

    def unprotect(self, packet: bytes) -> bytes:
        """Return the RTP packet; `Refused` when it is not authentic, not new, or not RTP."""
        return self._opened(self._inbound.unprotect, packet, _RTP)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Return the compound RTCP packet; `Refused` as `unprotect`."""
        return self._opened(self._inbound.unprotect_rtcp, packet, _RTCP)

    def _opened(self, unprotect: Callable[[bytes], bytes], packet: bytes, layout: _Layout) -> bytes:
        ssrc = packet[layout.ssrc_at : layout.ssrc_at + 4]
        try:
            if len(packet) < layout.header_bytes or packet[0] >> 6 != _VERSION_2:
                raise Refused(Reason.MALFORMED)
            if len(self._sources) >= MAX_SOURCES and ssrc not in self._sources:
                raise Refused(Reason.TOO_MANY)
            opened = unprotect(self._without_mki(packet, layout) if self._mki else packet)
        except (pylibsrtp.Error, ValueError, Refused) as error:
            refused = _refused(error)
            self.refused[refused.reason] += 1
            raise refused from None
        self._sources.add(ssrc)
        return opened

    def _without_mki(self, packet: bytes, layout: _Layout) -> bytes:
        """Return the packet without its identifier, which stands in front of the tag (RFC 3711 §3.1).

        With GCM the tag is part of the text, and the identifier comes last (RFC 7714 §8.2).
        """
        parameters = SUITES[self._keys[0]]
        tag_bytes = parameters.rtcp_tag_bytes if layout is _RTCP else parameters.tag_bytes
        end = len(packet) - (0 if parameters.cipher == "AES_GCM" else tag_bytes)
        start = end - len(self._mki)
        if start < layout.header_bytes or packet[start:end] != self._mki:
            raise Refused(Reason.BAD_TAG)
        return packet[:start] + packet[end:]


def _refused(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    return Refused(_REASONS.get(str(error), Reason.MALFORMED))
