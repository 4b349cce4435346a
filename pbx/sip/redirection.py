"""Where a 3xx response points to (RFC 3261 §21.3, §8.1.3.4)."""

from dataclasses import replace

from pbx.core.errors import ParseError
from pbx.sip.headers import NameAddr
from pbx.sip.message import Response
from pbx.sip.uri import parse_uri

MAX_CONTACTS = 5  # the first that leads anywhere is tried; a longer list is no redirection of a person


def moved_to(response: Response) -> tuple[str, ...]:
    """Return the contacts of a 3xx, highest q first, without the headers that they would smuggle in."""
    if not 300 <= response.status < 400:
        return ()
    ranked = sorted(response.contacts[: 4 * MAX_CONTACTS], key=_q, reverse=True)
    plain = (_plain(contact.uri) for contact in ranked)
    return tuple(uri for uri in plain if uri)[:MAX_CONTACTS]


def _q(contact: NameAddr) -> float:
    try:
        q = float(contact.param("q") or 1)
    except ValueError:
        return 0.0
    return q if 0 <= q <= 1 else 0.0


def _plain(text: str) -> str:
    try:
        return str(replace(parse_uri(text), headers=()))
    except ParseError:
        return ""
