"""Who a trusted peer says is calling: P-Asserted-Identity (RFC 3325 §9.1), else Remote-Party-ID.

P-Preferred-Identity is a wish of a user agent about itself and proves nothing: nobody reads it here.
"""

from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.sip.headers import NameAddr, parse_name_addr, split_commas
from pbx.sip.message import Request
from pbx.sip.uri import parse_uri

MAX_IDENTITIES = 4  # RFC 3325 §9.1 allows two


@dataclass(frozen=True, slots=True)
class Asserted:
    """`user` is a number or name, "" = nothing was asserted; `private` = it is not for the called party."""

    user: str = ""
    private: bool = False


def asserted_by(invite: Request) -> Asserted:
    """Return what the peer asserts; the caller of this function knows that the peer is trusted."""
    for address in _addresses(invite, "P-Asserted-Identity"):
        user = _user(address)
        if user:
            return Asserted(user)
    for address in _addresses(invite, "Remote-Party-ID"):
        user = _user(address)
        is_caller = (address.param("party") or "calling").lower() == "calling"
        is_screened = (address.param("screen") or "yes").lower() == "yes"
        if user and is_caller and is_screened:
            hidden = (address.param("privacy") or "off").lower().split("-")[0]
            return Asserted(user, private=hidden != "off")
    return Asserted()


def _addresses(invite: Request, name: str) -> list[NameAddr]:
    found: list[NameAddr] = []
    for value in invite.headers.get_all(name):
        try:
            found += [parse_name_addr(part) for part in split_commas(value)[:MAX_IDENTITIES]]
        except ParseError:
            continue  # one malformed identity takes no other with it
    return found[:MAX_IDENTITIES]


def _user(address: NameAddr) -> str:
    try:
        return parse_uri(address.uri).user
    except ParseError:
        return ""
