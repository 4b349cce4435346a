"""Answers that are no larger than the question: a forged source must not be drowned by us."""

import re
from collections.abc import Iterable

from pbx.sip.message import Headers, Response

_SHORT = {"via": "v", "from": "f", "to": "t", "call-id": "i", "contact": "m", "supported": "k", "event": "o"}
_OPTIONAL = frozenset({"server", "accept", "supported", "date", "content-length"})
_NEEDED = frozenset({"via", "from", "to", "call-id", "cseq", "retry-after", "www-authenticate"})
_CHALLENGE = "www-authenticate"
_BLANK = re.compile(r", (?=(?:nonce|algorithm|qop|stale)=)")  # RFC 3261 §25.1: COMMA needs none
_IMPLIED = ", algorithm=MD5"  # RFC 7616 §3.3: it is what absence means
Fields = Iterable[tuple[str, str]]


def fitted(response: Response, room: int) -> bytes | None:
    """Return the response in at most `room` octets, None when even its bare form is larger.

    What the peer can do without goes first; then the long names, the blanks, the phrase and the length, which
    a datagram does not need (RFC 3261 §7.3.3, §18.3); then all but what every response has, and all
    challenges but the last, which every client understands.
    """
    for shorten in (_whole, _without_optional, _compact, _bare):
        octets = shorten(response)
        if len(octets) <= room:
            return octets
    return None


def _whole(response: Response) -> bytes:
    return bytes(response)


def _without_optional(response: Response) -> bytes:
    headers = Headers()
    for name, value in response.headers:
        if name.lower() not in _OPTIONAL:
            headers.add(name, value)
    return bytes(Response(response.status, response.reason, headers, response.body))


def _compact(response: Response) -> bytes:
    return _written(response, (one for one in response.headers if one[0].lower() not in _OPTIONAL))


def _bare(response: Response) -> bytes:
    fields = [(name, value) for name, value in response.headers if name.lower() in _NEEDED]
    copied = [one for one in fields if one[0].lower() != _CHALLENGE]
    return _written(response, (*copied, *[one for one in fields if one[0].lower() == _CHALLENGE][-1:]))


def _written(response: Response, fields: Fields) -> bytes:
    lines = [f"SIP/2.0 {response.status} "]
    for name, value in fields:
        key = name.lower()
        lines.append(f"{_SHORT.get(key, name)}:{_dense(value) if key == _CHALLENGE else value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _dense(challenge: str) -> str:
    return _BLANK.sub(",", challenge.replace(_IMPLIED, ""))
