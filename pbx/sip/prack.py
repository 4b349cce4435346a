"""PRACK in both directions (RFC 3262 §3-5), with the offers and answers that it carries."""

from pbx.core.errors import ParseError
from pbx.sip import update
from pbx.sip.capabilities import option_tags
from pbx.sip.dialog import Dialog
from pbx.sip.effects import AnswerOffer
from pbx.sip.events import ReinviteAnswered
from pbx.sip.grammar import parse_number
from pbx.sip.invite_session import SDP, InviteSession, sdp_of
from pbx.sip.message import Request, Response
from pbx.sip.reliable import MAX_RSEQ
from pbx.sip.transaction import Transaction


def rseq_of(response: Response) -> int | None:
    """Return the RSeq of a provisional response that is to be acknowledged, None for any other (§4)."""
    if "100rel" not in option_tags(response, "Require"):
        return None
    try:
        return parse_number(response.headers.get("RSeq") or "", MAX_RSEQ, "RSeq")
    except ParseError:
        return None


def is_next(dialog: Dialog, rseq: int) -> bool:
    """Whether this one is due: copies and those after a gap are neither used nor acknowledged (§4)."""
    if dialog.remote_rseq is not None and rseq != dialog.remote_rseq + 1:
        return False
    dialog.remote_rseq = rseq
    return True


def acknowledge(
    session: InviteSession, dialog: Dialog, rack: str, now: float, *, answer: bytes = b""
) -> None:
    """Send the PRACK of `rack` = "RSeq CSeq INVITE", with our answer if the response had an offer (§4)."""
    request = session.request("PRACK", dialog)
    request.headers.add("RAck", rack)
    if answer:
        request.headers.add("Content-Type", SDP)
        request.body = answer
    session.stack.transactions.request(request, dialog.peer, user=session, now=now)


def answer_offer(session: InviteSession, order: AnswerOffer, now: float) -> None:
    """Send the answer to an offer in a response with the PRACK or ACK that waits for it, if one does."""
    waiting, session.unanswered = session.unanswered, None
    if waiting is None:
        return
    waiting.dialog.exchange.answer_sent(order.answer)
    if waiting.rack:
        acknowledge(session, waiting.dialog, waiting.rack, now, answer=order.answer)
    else:
        session.send_ack(waiting.dialog, waiting.number, order.answer)


def on_response(session: InviteSession, request: Request, response: Response, now: float) -> None:
    """Repeat a PRACK that was challenged; what else is said of it changes nothing."""
    dialog = session.dialog_with(request.to.tag)
    again = session.retry(request, response, dialog.peer) if dialog is not None else None
    if again is not None and dialog is not None:
        session.stack.transactions.request(again, dialog.peer, user=session, now=now)


def on_request(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    """Take the peer's PRACK: 481 unless it names our unacknowledged response (§3)."""
    stack, dialog, provisionals = session.stack, session.dialog, session.provisionals
    try:
        is_ours = provisionals is not None and provisionals.acknowledge(request, now)
    except ParseError as error:
        stack.respond(transaction, error.status, now=now)
        return
    if not is_ours or dialog is None:
        stack.respond(transaction, 481, now=now)
        return
    _take_body(session, dialog, transaction, now)
    session.on_acknowledged(now)


def _take_body(session: InviteSession, dialog: Dialog, transaction: Transaction, now: float) -> None:
    """The body is the answer to the offer in our response, or a new offer (§5)."""
    stack, sdp, exchange = session.stack, sdp_of(transaction.request), dialog.exchange
    if session.ended or not transaction.request.body:
        stack.respond(transaction, 200, now=now)
    elif sdp is None:
        stack.respond(transaction, 415, now=now, fields=(("Accept", SDP),))
    elif exchange.pending == "ours":
        exchange.answer_received(sdp)
        stack.respond(transaction, 200, now=now)
        stack.emit(ReinviteAnswered(leg=session.leg, answer=sdp))
    elif exchange.pending or session.offer_in is not None:
        update.refuse_busy(session, transaction, now)
    else:
        update.take_offer(session, dialog, transaction)
