"""Answers that are no larger than the question: a forged source must not be drowned by us."""

from collections.abc import Callable

from pbx.sip.message import Headers, Response

_SHORT = {"via": "v", "from": "f", "to": "t", "call-id": "i"}
_OPTIONAL = frozenset({"server", "accept", "supported", "date"})


def fitted(response: Response, room: int) -> bytes | None:
    """Return the response in at most `room` octets, None when even its bare form is larger.

    What the peer can do without goes first; then all challenges but the last, which every client
    understands; then the long names, the phrase and the length, which a datagram does not need
    (RFC 3261 §7.3.3, §18.3).
    """
    for shorten in (_whole, _without_optional, _with_one_challenge, _bare):
        octets = shorten(response)
        if len(octets) <= room:
            return octets
    return None


def _whole(response: Response) -> bytes:
    return bytes(response)


def _kept(response: Response, keep: Callable[[str, str], bool]) -> bytes:
    headers = Headers()
    for name, value in response.headers:
        if keep(name, value):
            headers.add(name, value)
    return bytes(Response(response.status, response.reason, headers, response.body))


def _without_optional(response: Response) -> bytes:
    return _kept(response, lambda name, value: name.lower() not in _OPTIONAL)


def _with_one_challenge(response: Response) -> bytes:
    last = response.headers.get_all("WWW-Authenticate")[-1:]
    return _kept(
        response,
        lambda name, value: name.lower() not in _OPTIONAL and (name != "WWW-Authenticate" or value in last),
    )


def _bare(response: Response) -> bytes:
    last = response.headers.get_all("WWW-Authenticate")[-1:]
    lines = [f"SIP/2.0 {response.status} "]
    for name, value in response.headers:
        key = name.lower()
        if key in _SHORT or key in ("cseq", "retry-after") or value in last:
            lines.append(f"{_SHORT.get(key, name)}:{value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
