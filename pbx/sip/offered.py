"""CallOffered: what the call layer is told about an admitted INVITE."""

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.core.ids import LegId
from pbx.sip.admission import Admitted
from pbx.sip.events import CallOffered
from pbx.sip.headers import parse_name_addr, split_commas
from pbx.sip.invite_session import sdp_of
from pbx.sip.message import Request
from pbx.sip.uri import parse_uri

DEFAULT_HOPS = 70  # RFC 3261 §8.1.1.6, for peers that send no Max-Forwards
MAX_IDENTITIES = 4  # RFC 3325 §9.1 allows two


def call_offered(leg: LegId, verdict: Admitted, invite: Request, source: Remote) -> CallOffered:
    """Return the event; the URIs have been parsed once by admission."""
    uri, from_uri = parse_uri(invite.uri), parse_uri(invite.from_.uri)
    return CallOffered(
        leg=leg,
        origin=verdict.origin,
        called=uri.user,
        called_domain=uri.host.lower(),
        from_user=from_uri.user,
        from_display=invite.from_.display,
        asserted_user=_asserted_user(invite) if verdict.trusted else "",
        private=is_private(invite, from_uri.user, from_uri.host),
        offer=sdp_of(invite),
        source=source,
        max_forwards=DEFAULT_HOPS if invite.max_forwards is None else invite.max_forwards,
        sip_call_id=invite.call_id,
    )


def is_private(invite: Request, from_user: str, from_host: str) -> bool:
    """Whether the caller asked for privacy (RFC 3323 §4.1, RFC 3325 §9.3)."""
    wishes = (invite.headers.get("Privacy") or "").lower().replace(";", " ").split()
    asked = any(wish in ("id", "user", "header") for wish in wishes)
    return asked or from_user.lower() == "anonymous" or from_host.lower().endswith("anonymous.invalid")


def _asserted_user(invite: Request) -> str:
    """Return the first user that a trusted peer asserts, "" when it asserts none (RFC 3325 §9.1)."""
    values = [part for value in invite.headers.get_all("P-Asserted-Identity") for part in split_commas(value)]
    for value in values[:MAX_IDENTITIES]:
        try:
            user = parse_uri(parse_name_addr(value).uri).user
        except ParseError:
            continue
        if user:
            return user
    return ""
