"""The one request that the page of metrics answers: GET /metrics, with the token where there is one."""

import hmac
from dataclasses import dataclass

from pbx.core.secret import Secret

MAX_HEAD = 8192  # octets of request line and fields; a scraper sends some 300
PATH = "/metrics"
_SCHEME = "bearer "
_VERSIONS = ("HTTP/1.0", "HTTP/1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The status of the answer, and what the peer has to know besides."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()


PAGE = Verdict(status=200)
BAD = Verdict(status=400)
UNAUTHORIZED = Verdict(status=401, fields=(("WWW-Authenticate", 'Bearer realm="pbx"'),))
NOT_FOUND = Verdict(status=404)
NOT_ALLOWED = Verdict(status=405, fields=(("Allow", "GET"),))
TOO_LARGE = Verdict(status=431)
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
}


def judge(head: bytes, token: Secret[bytes] | None) -> Verdict:
    """Return what becomes of a request head with its empty line (RFC 9112 §3); `token` None = none is needed.

    Whoever lacks the token learns nothing else, not even what there is (RFC 6750 §3).
    """
    if len(head) > MAX_HEAD:
        return TOO_LARGE
    line, *rest = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, colon, value in map(_split, rest) if colon]
    parts = line.split(" ")
    if len(fields) != len(rest) or len(parts) != 3 or parts[2] not in _VERSIONS:
        return BAD
    if token is not None and not _has_token(fields, token):
        return UNAUTHORIZED
    if any(map(_has_body, fields)):
        return BAD  # it would be taken for another request
    if parts[1].partition("?")[0] != PATH:
        return NOT_FOUND
    return PAGE if parts[0] == "GET" else NOT_ALLOWED


def _split(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _has_body(field: tuple[str, str]) -> bool:
    name, value = field
    return name == "transfer-encoding" or (name == "content-length" and value != "0")


def _has_token(fields: list[tuple[str, str]], token: Secret[bytes]) -> bool:
    """Compared in a time that does not depend on how much of it is right."""
    said = [value for name, value in fields if name == "authorization"]
    if len(said) != 1 or said[0][: len(_SCHEME)].lower() != _SCHEME:
        return False
    return hmac.compare_digest(said[0][len(_SCHEME) :].strip().encode("latin-1"), token.reveal())
