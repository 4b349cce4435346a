"""CallOffered: what the call layer is told about an admitted INVITE."""

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.core.ids import LegId
from pbx.sip.events import CallOffered
from pbx.sip.identity.asserted import Asserted, asserted_by
from pbx.sip.identity.display import clean_display
from pbx.sip.identity.diversion import diversions_of
from pbx.sip.identity.privacy import hides_caller, wishes_of
from pbx.sip.invite_session import sdp_of
from pbx.sip.message import Request
from pbx.sip.record_aware import is_record_aware
from pbx.sip.request_checks import Admitted
from pbx.sip.stir.signed_call import signed_call
from pbx.sip.uri import parse_uri

DEFAULT_HOPS = 70  # RFC 3261 §8.1.1.6, for peers that send no Max-Forwards


def call_offered(leg: LegId, verdict: Admitted, invite: Request, source: Remote) -> CallOffered:
    """Return the event; the URIs have been parsed once by admission.

    What an untrusted peer says about identities and diversions is left here (RFC 3325 §5).
    """
    uri, from_uri = parse_uri(invite.uri), parse_uri(invite.from_.uri)
    asserted = asserted_by(invite) if verdict.trusted else Asserted()
    profile = verdict.profile
    calling = asserted.user or from_uri.user
    return CallOffered(
        leg=leg,
        origin=verdict.origin,
        called=uri.user,
        called_domain=uri.host.lower(),
        from_user=from_uri.user,
        from_display=clean_display(invite.from_.display),
        asserted_user=asserted.user,
        private=asserted.private or is_private(invite, from_uri.user, from_uri.host),
        offer=sdp_of(invite),
        source=source,
        max_forwards=DEFAULT_HOPS if invite.max_forwards is None else invite.max_forwards,
        sip_call_id=invite.call_id,
        diversions=diversions_of(invite.headers) if verdict.trusted else (),
        extra=profile.takes.of(invite.headers),
        signed=signed_call(invite, calling, profile.country) if profile.stir != "off" else None,
        stir=profile.stir,
        is_record_aware=is_record_aware(invite),
    )


def dialled_user(user: str, verdict: Admitted, invite: Request) -> str:
    """Return whom the caller wants: of a call to the contact that we registered, the user in To."""
    if not verdict.account or user != verdict.account:
        return user
    try:
        return parse_uri(invite.to.uri).user
    except ParseError:
        return user


def is_private(invite: Request, from_user: str, from_host: str) -> bool:
    """Whether the caller asked for privacy (RFC 3323 §4.1, RFC 3325 §9.3)."""
    asked = hides_caller(wishes_of(invite))
    return asked or from_user.lower() == "anonymous" or from_host.lower().endswith("anonymous.invalid")
