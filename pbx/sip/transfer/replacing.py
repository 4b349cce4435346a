"""INVITE with Replaces (RFC 3891 §3): which leg of ours a new call takes the place of."""

from pbx.core.errors import ParseError, PeerViolation
from pbx.core.ids import LegId
from pbx.sip.message import Request
from pbx.sip.stack import Stack
from pbx.sip.transfer.replaces import parse_replaces
from pbx.sip.uac import UacSession

BUSY, GONE, DECLINE = 486, 481, 603


def replaced_leg(stack: Stack, invite: Request) -> LegId | None:
    """Return the leg, None without the header.

    ParseError 400 for two headers or a malformed one; PeerViolation 481 for no such dialog and for an early
    one that the peer began, 603 for one that has ended, 486 when it is answered and only an early one is
    meant. Who may replace it is the call layer's to say.
    """
    values = invite.headers.get_all("Replaces")
    if not values:
        return None
    if len(values) > 1:
        raise ParseError("two Replaces headers")
    replaces = parse_replaces(values[0])
    session = stack.dialogs.get(replaces.dialog)
    if session is None:
        raise PeerViolation("no such dialog", GONE)
    if session.ended:
        raise PeerViolation("the dialog has ended", DECLINE)
    if session.is_confirmed and replaces.early_only:
        raise PeerViolation("the dialog is not early any more", BUSY)
    if not session.is_confirmed and not isinstance(session, UacSession):
        raise PeerViolation("an early dialog that the peer began", GONE)
    return session.leg
