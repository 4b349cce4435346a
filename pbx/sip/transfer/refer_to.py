"""Refer-To (RFC 3515 §2.1): whom a transferor wants called, and which dialog of his that call replaces."""

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pbx.core.errors import ParseError
from pbx.sip.headers import parse_name_addr, split_commas
from pbx.sip.message import Request
from pbx.sip.transfer.replaces import Replaces, parse_replaces
from pbx.sip.uri import SipUri, parse_uri

FORBIDDEN = 403
UNSUPPORTED_SCHEME = 416


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferTo:
    """`user` is what is dialled; of the URI's embedded headers only Replaces is looked at (S-10)."""

    user: str
    host: str
    replaces: Replaces | None = None


def refer_to(request: Request) -> ReferTo:
    """Return the target of a REFER.

    ParseError 400 for none, several or a malformed one (§2.4.1), 416 for a scheme that we cannot call, 403
    for another method than INVITE: a REFER that makes us send BYE or REGISTER is no transfer.
    """
    values = [part for value in request.headers.get_all("Refer-To") for part in split_commas(value)]
    if len(values) != 1:
        raise ParseError("a REFER has exactly one Refer-To")
    uri = parse_uri(parse_name_addr(values[0]).uri)
    if uri.scheme == "sips":
        raise ParseError("unsupported URI scheme", UNSUPPORTED_SCHEME)
    if (uri.param("method") or "INVITE").upper() != "INVITE":
        raise ParseError("a REFER to another method than INVITE", FORBIDDEN)
    return ReferTo(user=uri.user, host=uri.host.lower(), replaces=_replaces(uri))


def _replaces(uri: SipUri) -> Replaces | None:
    found = [value for name, value in uri.headers if name.lower() == "replaces"]
    if len(found) > 1:
        raise ParseError("two Replaces headers in one URI")
    if not found:
        return None
    try:
        return parse_replaces(unquote_to_bytes(found[0]).decode("ascii"))
    except UnicodeDecodeError:
        raise ParseError("an escaped Replaces that is not ASCII") from None
