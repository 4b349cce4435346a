"""ICE, rtcp-mux and BUNDLE in SDP, as an ICE-lite end has them (RFC 8839, RFC 5761, RFC 9143)."""

import base64
import re

from pbx.core.errors import PeerViolation
from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.core.srtp import IceCredentials
from pbx.sip.sdp import Media, SessionDescription

NOT_ACCEPTABLE = 488
MAX_MID = 32  # octets of a mid that we repeat; browsers have one or two
MAX_BUNDLE = 32  # mids of one group, as many as a description has m= lines

_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")  # RFC 8839 §5.4
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`{|}~A-Za-z0-9]+")  # RFC 8866 §9
_UFRAG_OCTETS, _PASSWORD_OCTETS = 6, 18  # 48 and 144 bits; §5.4 asks for 24 and 128

_HOST_PREFERENCE, _LOCAL_PREFERENCE, _COMPONENT = 126, 65535, 1  # RFC 8445 §5.1.2.2, one address
HOST_PRIORITY = (_HOST_PREFERENCE << 24) + (_LOCAL_PREFERENCE << 8) + 256 - _COMPONENT

Attribute = tuple[str, str | None]


def new_ice(ids: Ids) -> tuple[str, Secret[str]]:
    """Return a user fragment and a password of ours."""
    ufrag = base64.b64encode(ids.octets(_UFRAG_OCTETS)).decode()
    return ufrag, Secret(base64.b64encode(ids.octets(_PASSWORD_OCTETS)).decode())


def remote_ice(description: SessionDescription, media: Media) -> tuple[str, Secret[str]] | None:
    """Return the peer's user fragment and password, None when it does not speak ICE.

    PeerViolation 488 when one of the two is missing or breaks the grammar.
    """
    ufrag, password = _of_either(description, media, "ice-ufrag"), _of_either(description, media, "ice-pwd")
    if ufrag is None and password is None:
        return None
    if _UFRAG.fullmatch(ufrag or "") is None or _PASSWORD.fullmatch(password or "") is None:
        raise PeerViolation("a=ice-ufrag or a=ice-pwd is missing or malformed", NOT_ACCEPTABLE)
    return ufrag or "", Secret(password or "")


def is_ice_lite(description: SessionDescription) -> bool:
    """Return whether the peer is lite too: then neither end checks, and ICE is not used (RFC 8445 §6.1.1)."""
    return any(name == "ice-lite" for name, _ in description.attributes)


def ice_credentials(local: tuple[str, Secret[str]], remote: tuple[str, Secret[str]]) -> IceCredentials:
    """Return both ends' credentials as the media plane takes them."""
    return IceCredentials(
        local_ufrag=local[0],
        local_password=local[1],
        remote_ufrag=remote[0],
        remote_password=remote[1],
    )


def ice_lines(local: tuple[str, Secret[str]], host: str, port: int) -> tuple[Attribute, ...]:
    """Return the media-level lines of a lite end with one host candidate for RTP and RTCP together.

    `a=ice-lite` itself belongs to the session level.
    """
    candidate = f"1 {_COMPONENT} udp {HOST_PRIORITY} {host} {port} typ host"
    return (
        ("ice-ufrag", local[0]),
        ("ice-pwd", local[1].reveal()),
        ("candidate", candidate),
        ("end-of-candidates", None),
    )


def has_rtcp_mux(media: Media) -> bool:
    """Return whether RTCP may come on the port of RTP (RFC 5761 §5.1.1)."""
    return any(name == "rtcp-mux" for name, _ in media.attributes)


def mid(media: Media) -> str:
    """Return the identification tag of a section (RFC 5888 §4), "" when it has none that we would repeat."""
    values = media.values("mid")
    text = values[0].strip() if values else ""
    return text if len(text) <= MAX_MID and _TOKEN.fullmatch(text) else ""


def answered_bundle(offer: SessionDescription, accepted: Media) -> Attribute | None:
    """Return a=group:BUNDLE for an answer with one accepted section (RFC 9143 §7.3); None = no group.

    The group may name accepted sections of the offer's group only.
    """
    name = mid(accepted)
    for key, value in offer.attributes:
        kind, *members = (value or "").split()[: MAX_BUNDLE + 1] or [""]
        if key == "group" and kind == "BUNDLE" and name in members:
            return "group", f"BUNDLE {name}"
    return None


def _of_either(description: SessionDescription, media: Media, name: str) -> str | None:
    """Return the value of the section, else of the session (RFC 8839 §5.4)."""
    values = media.values(name)
    values = values or [value or "" for key, value in description.attributes if key == name]
    return values[0].strip() if values else None
