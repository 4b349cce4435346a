"""Wish: what a SUBSCRIBE asks for, checked (RFC 6665 §4.2.1.1)."""

from collections.abc import Collection
from dataclasses import dataclass

from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.grammar import TOKEN, parse_params
from pbx.sip.headers import split_commas
from pbx.sip.message import Request
from pbx.sip.responses import Fields

DEFAULT_EXPIRES_S = 3600
MAX_EXPIRES_S = 7200
MIN_EXPIRES_S = 60  # below, asking again costs more than all the NOTIFYs of a telephone
MAX_EVENT = 200  # octets; an id is a number or a short token


class Refused(PeerViolation):
    """An answer with fields of its own."""

    def __init__(self, message: str, status: int, fields: Fields = ()) -> None:
        super().__init__(message, status)
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`event` is the header as it goes into each NOTIFY, which repeats the id."""

    package: str
    event: str
    expires_s: int


def wish_of(request: Request, packages: Collection[str]) -> Wish:
    """Return the wish; Refused 489 for a package that is none of `packages`, 423, 400."""
    package, event = event_of(request)
    if package not in packages:
        raise Refused("an unknown event package", 489, (("Allow-Events", ", ".join(packages)),))
    return Wish(package=package, event=event, expires_s=expires_of(request))


def event_of(request: Request) -> tuple[str, str]:
    """Return package and Event header with nothing but its id; ("", "") for none, Refused 400."""
    text = (request.headers.get("Event") or "").strip()
    name, _, tail = text.partition(";")
    name = name.strip()
    if len(text) > MAX_EVENT or not TOKEN.fullmatch(name):
        return "", ""
    try:
        params = parse_params(f";{tail}") if tail else ()
    except ParseError as error:
        raise Refused(str(error), 400) from None
    ident = next((value for key, value in params if key.lower() == "id" and value), "")
    return name.lower(), f"{name};id={ident}" if ident else name


def expires_of(request: Request) -> int:
    """Return the granted seconds; Refused 423 below the minimum, Refused 400 for no number."""
    try:
        asked = request.expires
    except ParseError as error:
        raise Refused(str(error), 400) from None
    if asked is None:
        return DEFAULT_EXPIRES_S
    if 0 < asked < MIN_EXPIRES_S:
        raise Refused("expires below the minimum", 423, (("Min-Expires", str(MIN_EXPIRES_S)),))
    return min(asked, MAX_EXPIRES_S)


def accepts(request: Request, *types: str) -> bool:
    """Whether all of `types` may be sent; without Accept the package's own may (RFC 6665 §4.1.2.1)."""
    values = request.headers.get_all("Accept")
    if not values:
        return True
    offered = {part.partition(";")[0].strip().lower() for value in values for part in split_commas(value)}
    return all({one, f"{one.partition('/')[0]}/*", "*/*"} & offered for one in types)
