"""Digest access authentication, SHA-256 and MD5 with qop=auth (RFC 7616, RFC 8760, RFC 3261 §22)."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.sip.credentials import DigestCredentials
from pbx.sip.grammar import QUOTED, TOKEN_CLASS, quote, unquote
from pbx.sip.message import Response
from pbx.sip.nonces import NonceKeeper

__all__ = [
    "Authorization",
    "Challenge",
    "NonceKeeper",
    "answer_challenge",
    "cached_ha1",
    "challenges",
    "ha1",
    "is_stale",
    "parse_authorization",
    "parse_challenge",
    "response",
    "verify",
]

MAX_DIGEST_PARAMS = 32  # RFC 7616 §3.4 names twelve

# Best first; RFC 8760 §2.4 lets the client take the topmost it supports.
_HASHES: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda octets: hashlib.sha256(octets).hexdigest(),
    "MD5": lambda octets: hashlib.md5(octets, usedforsecurity=False).hexdigest(),
}
ALGORITHMS = tuple(_HASHES)
_NOBODY = {name: digest(b"nobody") for name, digest in _HASHES.items()}  # HA1 of who has none

_SCHEME = re.compile(r"[ \t]*digest[ \t]+(.*)", re.IGNORECASE | re.DOTALL)
_PARAM = re.compile(
    rf"[ \t]*+({TOKEN_CLASS}++)[ \t]*+=[ \t]*+(?:\"([^\"\\]*+)\"|({QUOTED}|[^\s,;\"=]++))[ \t]*+(?:,|\Z)",
)
_NONCE_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_HEX = re.compile(r"[0-9a-fA-F]{32,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate value; `qop` empty = an RFC 2069 server."""

    realm: str
    nonce: str
    algorithm: str
    qop: tuple[str, ...]
    opaque: str | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One Authorization or Proxy-Authorization value; the response is kept out of the repr."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: Secret[str]
    algorithm: str
    qop: str
    cnonce: str
    nonce_count: int


def ha1(username: str, realm: str, password: Secret[str], algorithm: str) -> str:
    """Return H(username:realm:password); as secret as the password within that realm."""
    return _HASHES[algorithm](f"{username}:{realm}:{password.reveal()}".encode())


def cached_ha1(secret_of: Callable[[str, str], Secret[str] | None]) -> Callable[[str, str, str], str | None]:
    """Return a look-up of HA1 by (realm, username, algorithm) that hashes each secret once.

    `secret_of(realm, username)` is asked every time, so that a renewed secret counts at once; only users
    who have one take room.
    """
    known: dict[tuple[str, str, str], tuple[Secret[str], str]] = {}

    def look_up(realm: str, username: str, algorithm: str) -> str | None:
        secret = secret_of(realm, username)
        if secret is None:
            return None
        key = (realm, username, algorithm)
        cached = known.get(key)
        if cached is None or cached[0] is not secret:
            cached = known[key] = (secret, ha1(username, realm, secret, algorithm))
        return cached[1]

    return look_up


def response(  # noqa: PLR0913  # the nine inputs of RFC 7616 §3.4.1
    *, ha1: str, method: str, uri: str, nonce: str, algorithm: str, nonce_count: int, cnonce: str, qop: str
) -> str:
    """Return the response of RFC 7616 §3.4.1; `qop` is "auth", or "" for RFC 2069 servers."""
    middle = f"{nonce}:{nonce_count:08x}:{cnonce}:{qop}" if qop else nonce
    return _HASHES[algorithm](f"{ha1}:{middle}:{_ha2(algorithm, method, uri)}".encode())


@lru_cache(maxsize=1024)  # all telephones of a domain register by the same words
def _ha2(algorithm: str, method: str, uri: str) -> str:
    return _HASHES[algorithm](f"{method}:{uri}".encode())


def _algorithm(name: str | None) -> str:
    """Return the canonical name; absent means MD5 (RFC 7616 §3.3)."""
    return (name or "MD5").upper()


def _parse(value: str) -> dict[str, str]:
    match = _SCHEME.fullmatch(value)
    if match is None:
        raise ParseError("not a Digest header")
    text, position = match[1], 0
    found: dict[str, str] = {}
    while position < len(text):  # anchored: a search for the next one would cost the square of the length
        part = _PARAM.match(text, position)
        if part is None or len(found) >= MAX_DIGEST_PARAMS or (name := part[1].lower()) in found:
            raise ParseError("malformed Digest parameters")
        found[name] = part[2] if part[3] is None else unquote(part[3])
        position = part.end()
    return found


def _need(found: dict[str, str], name: str) -> str:
    value = found.get(name)
    if value is None:
        raise ParseError(f"no {name} in a Digest header")
    return value


def parse_challenge(value: str) -> Challenge:
    """Return one challenge; ParseError 400 when it is not Digest or malformed."""
    found = _parse(value)
    return Challenge(
        realm=_need(found, "realm"),
        nonce=_need(found, "nonce"),
        algorithm=_algorithm(found.get("algorithm")),
        qop=tuple(part.strip(" \t").lower() for part in found.get("qop", "").split(",") if part.strip(" \t")),
        opaque=found.get("opaque"),
        stale=found.get("stale", "").lower() == "true",
    )


def parse_authorization(value: str) -> Authorization:
    """Return one set of credentials; ParseError 400 when it is not Digest or malformed."""
    found = _parse(value)
    qop = found.get("qop", "").lower()
    count = found.get("nc", "00000000")
    proof = _need(found, "response")
    if _NONCE_COUNT.fullmatch(count) is None or _HEX.fullmatch(proof) is None:
        raise ParseError("malformed nc or response in a Digest header")
    if qop and ("nc" not in found or not found.get("cnonce")):
        raise ParseError("qop without nc and cnonce in a Digest header")
    return Authorization(
        username=_need(found, "username"),
        realm=_need(found, "realm"),
        nonce=_need(found, "nonce"),
        uri=_need(found, "uri"),
        response=Secret(proof.lower()),
        algorithm=_algorithm(found.get("algorithm")),
        qop=qop,
        cnonce=found.get("cnonce", ""),
        nonce_count=int(count, 16),
    )


def challenges(realm: str, nonce: str, *, stale: bool, algorithms: tuple[str, ...] = ALGORITHMS) -> list[str]:
    """Return the header values of a 401 or 407, one per algorithm in their order (RFC 8760 §2.3)."""
    head, tails = _challenge_parts(realm, algorithms)
    end = ", stale=true" if stale else ""
    return [f"{head}{nonce}{tail}{end}" for tail in tails]


@lru_cache(maxsize=256)
def _challenge_parts(realm: str, algorithms: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return what stands before the nonce, and behind it for each algorithm."""
    tails = tuple(f'", algorithm={algorithm}, qop="auth"' for algorithm in algorithms)
    return f'Digest realm={quote(realm)}, nonce="', tails


def verify(authorization: Authorization, method: str, lookup: Callable[[str, str], str | None]) -> bool:
    """Return whether the response proves knowledge of the password.

    `lookup(username, algorithm)` gives HA1 or None. Unknown users cost the same work as known ones. Only
    qop=auth with a supported algorithm can succeed. The caller checks nonce, nonce count, realm and that
    `authorization.uri` is the Request-URI.
    """
    supported = authorization.algorithm in _HASHES and authorization.qop == "auth"
    algorithm = authorization.algorithm if authorization.algorithm in _HASHES else ALGORITHMS[0]
    known = lookup(authorization.username, algorithm)
    expected = response(
        ha1=known if known is not None else _NOBODY[algorithm],
        method=method,
        uri=authorization.uri,
        nonce=authorization.nonce,
        algorithm=algorithm,
        nonce_count=authorization.nonce_count,
        cnonce=authorization.cnonce,
        qop="auth",
    )
    equal = hmac.compare_digest(expected, authorization.response.reveal())
    return equal and known is not None and supported


def answer_challenge(
    values: Sequence[str],
    method: str,
    uri: str,
    credentials: DigestCredentials,
    cnonce: str,
    nc: int = 1,
) -> str | None:
    """Return the Authorization value for the best of the challenges we can answer, None when there is none.

    A challenge is passed over when it is malformed, for another realm than `credentials.realm` (unless
    that is empty), with an unknown algorithm, or without qop "auth" among its qop options.
    """
    usable = [challenge for challenge in map(_usable, values) if challenge is not None]
    usable = [one for one in usable if credentials.realm in ("", one.realm)]
    if not usable:
        return None
    best = min(usable, key=lambda one: ALGORITHMS.index(one.algorithm))
    return _format_answer(best, (method, uri), credentials, (cnonce, nc))


def is_stale(response: Response, realm: str) -> bool:
    """Whether a 401 or 407 of `realm` says that only the nonce was too old (RFC 7616 §3.3)."""
    values = (
        *response.headers.get_all("WWW-Authenticate"),
        *response.headers.get_all("Proxy-Authenticate"),
    )
    found = (one for one in map(_usable, values) if one is not None)
    return any(one.stale for one in found if realm in ("", one.realm))


def _usable(value: str) -> Challenge | None:
    try:
        challenge = parse_challenge(value)
    except ParseError:
        return None
    if challenge.algorithm not in _HASHES or (challenge.qop and "auth" not in challenge.qop):
        return None
    return challenge


def _format_answer(
    challenge: Challenge, request: tuple[str, str], credentials: DigestCredentials, fresh: tuple[str, int]
) -> str:
    (method, uri), (cnonce, nc) = request, fresh
    qop = "auth" if challenge.qop else ""
    proof = response(
        ha1=ha1(credentials.username, challenge.realm, credentials.password, challenge.algorithm),
        method=method,
        uri=uri,
        nonce=challenge.nonce,
        algorithm=challenge.algorithm,
        nonce_count=nc,
        cnonce=cnonce,
        qop=qop,
    )
    parts = [
        f"Digest username={quote(credentials.username)}, realm={quote(challenge.realm)}",
        f'nonce={quote(challenge.nonce)}, uri={quote(uri)}, response="{proof}"',
        f"algorithm={challenge.algorithm}",
    ]
    if qop:
        parts.append(f"cnonce={quote(cnonce)}, qop=auth, nc={nc:08x}")
    if challenge.opaque is not None:
        parts.append(f"opaque={quote(challenge.opaque)}")
    return ", ".join(parts)
