"""Telling a peer with whom it talks now: by P-Asserted-Identity, and From where it takes that (RFC 4916)."""

from pbx.sip import reinvite, update
from pbx.sip.effects import TellIdentity
from pbx.sip.headers import NameAddr
from pbx.sip.identity.display import clean_display
from pbx.sip.stack import Stack


def tell(stack: Stack, order: TellIdentity, now: float) -> None:
    """Send an UPDATE without SDP where the peer's Allow names it, else a re-INVITE with unchanged SDP.

    The From changes only for a peer with `from-change` in Supported (RFC 4916 §4.3): another may take it
    for a dialog that it does not know. No list of User-Agents decides; while an exchange is on its way the
    peer keeps what it shows.
    """
    session = stack.legs.get(order.leg)
    if session is None:
        return
    identity = str(NameAddr(clean_display(order.display), order.uri))
    if session.dialog is not None and session.is_confirmed and not session.ended:
        session.dialog.show(identity)
    fields = (("P-Asserted-Identity", identity),)
    if not update.send(session, fields, b"", now):
        reinvite.repeat(session, now, fields)
