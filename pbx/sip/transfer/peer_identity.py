"""Whom the peer says that it is now: From or P-Asserted-Identity changed inside a dialog (RFC 4916)."""

from pbx.core.errors import ParseError
from pbx.core.ids import LegId
from pbx.sip.dialog import Dialog
from pbx.sip.events import PeerIdentified
from pbx.sip.identity.asserted import asserted_by
from pbx.sip.message import Request
from pbx.sip.offered import is_private
from pbx.sip.uri import SipUri, parse_uri

# §4.4.1: a change comes in a re-INVITE or an UPDATE; the From of other requests only has to be kept.
_TELLING = ("INVITE", "UPDATE")


def take(leg: LegId, dialog: Dialog, request: Request) -> PeerIdentified | None:
    """Keep the From of a request that is in order, and return who the peer is now, None = as before."""
    is_new = dialog.take_from(request)
    if request.method not in _TELLING:
        return None
    asserted = asserted_by(request)
    if not is_new and not asserted.user:
        return None
    uri = _uri(request)
    private = asserted.private or is_private(request, uri.user if uri else "", uri.host if uri else "")
    from_user = uri.user if uri is not None and is_new else ""
    return PeerIdentified(leg=leg, from_user=from_user, asserted_user=asserted.user, private=private)


def _uri(request: Request) -> SipUri | None:
    try:
        return parse_uri(request.from_.uri)
    except ParseError:
        return None
