"""SignedCall: what an INVITE says about itself, to be held against its PASSporTs (RFC 8224 §6.2)."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from pbx.sip.message import Request
from pbx.sip.stir.telephone import canonical
from pbx.sip.uri import parse_uri

MAX_HEADERS = 8  # a call diverted more often than that is in a loop


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """Numbers are canonical digits, "" = none; `date_at` is the Date header (aware UTC)."""

    identities: tuple[str, ...]
    orig: str
    to: str
    called: str
    date_at: datetime | None = None


def signed_call(invite: Request, orig: str, country: str) -> SignedCall:
    """Return the facts; `orig` is the calling number that we are about to show and to act on."""
    identities = invite.headers.get_all("Identity")
    return SignedCall(
        identities=tuple(identities[: MAX_HEADERS + 1]),
        orig=canonical(orig, country),
        to=canonical(parse_uri(invite.to.uri).user, country),
        called=canonical(parse_uri(invite.uri).user, country),
        date_at=date_of(invite),
    )


def date_of(request: Request) -> datetime | None:
    """Return the Date header (RFC 3261 §20.17: always GMT), None when absent or malformed."""
    value = request.headers.get("Date")
    try:
        found = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found.tzinfo is not None else None
