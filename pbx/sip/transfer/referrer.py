"""The client side of REFER (RFC 3515 §2.2): ask the peer to call somebody, and hear what came of it."""

from urllib.parse import quote

from pbx.core.errors import ParseError
from pbx.sip.effects import Refer
from pbx.sip.events import TransferReported
from pbx.sip.headers import NameAddr
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request, Response
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.transfer.replaces import Replaces
from pbx.sip.transfer.sipfrag import SIPFRAG, status_of

TRYING = 100
GONE = 481
BAD_EVENT = 489


class Referrer:
    """The user of one REFER transaction: reports its failure; success comes by NOTIFY."""

    __slots__ = ("_session",)

    def __init__(self, session: InviteSession) -> None:
        self._session = session

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Report a refusal; a 2xx says only that the peer tries."""
        if response.status >= 300:
            session = self._session
            session.stack.emit(TransferReported(leg=session.leg, status=response.status))

    def on_ack(self, ack: Request, now: float) -> None:
        """A REFER has no ACK."""

    def on_transport_error(self, now: float) -> None:
        """Only server transactions say so."""


def send(stack: Stack, order: Refer, now: float) -> None:
    """Send the REFER; TransferReported tells each status, 481 at once when there is no such call."""
    session = stack.legs.get(order.leg)
    replaced = stack.legs.get(order.replaced) if order.replaced else None
    dialog = session.dialog if session is not None and session.is_confirmed else None
    if session is None or dialog is None or (order.replaced and replaced is None):
        stack.emit(TransferReported(leg=order.leg, status=GONE))
        return
    refer = session.request("REFER", dialog)
    refer.headers.add("Contact", stack.contact(dialog.peer))
    refer.headers.add("Refer-To", str(NameAddr("", order.target + _embedded(replaced))))
    stack.transactions.request(refer, dialog.peer, user=Referrer(session), now=now)


def on_notify(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    """Take a NOTIFY of the implicit subscription; 489 for the events of another package."""
    stack = session.stack
    event = (request.headers.get("Event") or "").partition(";")[0].strip().lower()
    if event != "refer":
        stack.respond(transaction, BAD_EVENT, now=now, fields=(("Allow-Events", "refer"),))
        return
    try:
        status = status_of(request.body) if request.content_type == SIPFRAG else None
    except ParseError:
        status = None
    if status is None:
        stack.respond(transaction, 400, now=now)
        return
    stack.respond(transaction, 200, now=now)
    stack.emit(TransferReported(leg=session.leg, status=status))


def _embedded(replaced: InviteSession | None) -> str:
    """Return the escaped Replaces: tags as the far end of that dialog sees them (RFC 5589 §7)."""
    dialogs = replaced.dialogs if replaced else []
    if not dialogs:
        return ""
    dialog = dialogs[0]
    value = Replaces(call_id=dialog.call_id, to_tag=dialog.remote_tag, from_tag=dialog.local_tag)
    return f"?Replaces={quote(str(value), safe='')}"
