"""a=fingerprint and a=setup: who a DTLS peer is and who begins (RFC 8122, RFC 8842, RFC 5763)."""

import re
from typing import get_args

from pbx.core.errors import PeerViolation
from pbx.core.srtp import Fingerprint, Hash, SetupRole
from pbx.sip.sdp import Media, SessionDescription

MAX_FINGERPRINTS = 8  # of one description level; five hash functions are registered
NOT_ACCEPTABLE = 488

_VALUE = re.compile(r"(?P<hash>[!-~]+) +(?P<digest>[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){0,63}) *")
_DIGEST_BYTES: dict[Hash, int] = {"sha-256": 32, "sha-384": 48, "sha-512": 64}

_OFFERED_SETUP: dict[str, SetupRole] = {
    "actpass": "active",  # RFC 5763 §5: the answerer should be active
    "active": "passive",
    "passive": "active",
}
_ANSWERED_SETUP: dict[str, SetupRole] = {"active": "passive", "passive": "active"}


def fingerprints(description: SessionDescription, media: Media) -> tuple[Fingerprint, ...]:
    """Return what the peer's certificate must match; those of the m= section hide those of the session.

    Empty when there is none at all. PeerViolation 488 when none is of SHA-256 or stronger, when two of
    one hash function differ, and when one is malformed.
    """
    texts = media.values("fingerprint")
    texts = texts or [value or "" for name, value in description.attributes if name == "fingerprint"]
    if len(texts) > MAX_FINGERPRINTS:
        raise PeerViolation(f"more than {MAX_FINGERPRINTS} fingerprints", NOT_ACCEPTABLE)
    strong: dict[Hash, str] = {}
    for text in texts:
        for one in _strong(text):
            if strong.setdefault(one.hash, one.digest) != one.digest:
                raise PeerViolation(f"two {one.hash} fingerprints that contradict", NOT_ACCEPTABLE)
    if texts and not strong:
        raise PeerViolation("no fingerprint of SHA-256 or stronger", NOT_ACCEPTABLE)
    return tuple(Fingerprint(hash=name, digest=digest) for name, digest in strong.items())


def format_fingerprint(fingerprint: Fingerprint) -> str:
    """Return the attribute's value: the digest in upper case with colons."""
    digest = fingerprint.digest.upper()
    return f"{fingerprint.hash} " + ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))


def role_to_offer(description: SessionDescription, media: Media) -> SetupRole:
    """Return our role for an answer; PeerViolation 488 for holdconn and unknown values.

    RFC 4145 §4: an offerer that says nothing is active.
    """
    return _role(description, media, ("active", _OFFERED_SETUP))


def role_to_answer(description: SessionDescription, media: Media) -> SetupRole:
    """Return our role after an answer to our actpass; PeerViolation 488 when it chose neither side.

    RFC 4145 §4: an answerer that says nothing is passive.
    """
    return _role(description, media, ("passive", _ANSWERED_SETUP))


def _role(description: SessionDescription, media: Media, rule: tuple[str, dict[str, SetupRole]]) -> SetupRole:
    unsaid, table = rule
    values = media.values("setup")
    values = values or [value or "" for name, value in description.attributes if name == "setup"]
    role = table.get(values[0].strip().lower() if values else unsaid)
    if role is None:
        raise PeerViolation("a=setup that leaves nobody to begin", NOT_ACCEPTABLE)
    return role


def _strong(text: str) -> list[Fingerprint]:
    """Return the fingerprint; nothing for a hash that is unknown to us or weak: SHA-1 collides."""
    match = _VALUE.fullmatch(text)
    if match is None:
        raise PeerViolation("malformed fingerprint", NOT_ACCEPTABLE)
    name = match["hash"].lower()
    digest = match["digest"].replace(":", "").lower()
    for known in get_args(Hash):
        if name == known:
            if len(digest) != 2 * _DIGEST_BYTES[known]:
                raise PeerViolation("a fingerprint of the wrong length", NOT_ACCEPTABLE)
            return [Fingerprint(hash=known, digest=digest)]
    return []
