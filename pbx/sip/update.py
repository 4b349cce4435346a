"""UPDATE in both directions (RFC 3311): a new offer, target or identity without an INVITE."""

from pbx.sip import session_expires
from pbx.sip.capabilities import ALLOW
from pbx.sip.dialog import Dialog
from pbx.sip.effects import AcceptReinvite, HangUp, RefuseReinvite, Reinvite
from pbx.sip.events import ReinviteAnswered, ReinviteOffered, ReinviteRefused
from pbx.sip.invite_session import SDP, InviteSession, sdp_of
from pbx.sip.message import Request, Response
from pbx.sip.recording import MetadataRequested, asks_for_metadata, dress
from pbx.sip.responses import Fields
from pbx.sip.stack import repeat_request
from pbx.sip.transaction import Transaction

PENDING = 491
BUSY = 500
LONGEST_WAIT_S = 10  # §5.2: Retry-After is random between 0 and 10 seconds


def is_possible(session: InviteSession) -> bool:
    """Whether the peer takes an UPDATE now: it said so in an Allow, and the leg lives (§5.1)."""
    dialog = _current(session)
    return dialog is not None and not session.ended and "UPDATE" in dialog.peer_methods


def send(session: InviteSession, fields: Fields, body: bytes, now: float) -> bool:
    """Send an UPDATE with more header fields, and SDP if `body` is not empty; False = not possible now.

    One UPDATE is on its way at a time: one without SDP waits for it, and a later one takes its place.
    """
    dialog = _current(session)
    if dialog is None or not is_possible(session):
        return False
    if body and (session.update_out is not None or not dialog.exchange.is_complete):
        return False
    if session.update_out is not None:
        session.update_next = fields
        return True
    update = session.target_refresh("UPDATE", dialog)
    session.update_fields = fields
    for name, value in fields:
        update.headers.add(name, value)
    if body:
        update.headers.add("Content-Type", SDP)
        update.body = body
        dialog.exchange.offer_sent(body)
    if session.leg in session.stack.recordings:
        dress(update, b"", session.stack.ids)
    _transmit(session, dialog, update, now)
    return True


def offer(session: InviteSession, order: Reinvite, now: float) -> None:
    """Offer anew before the final response, when only an UPDATE can (§5.1)."""
    if not order.offer or not send(session, (), order.offer, now):
        session.stack.emit(ReinviteRefused(leg=order.leg, status=PENDING))


def on_request(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    """Take the peer's UPDATE: 491 against our offer, 500 against an earlier one of its own (§5.2)."""
    stack, dialog = session.stack, session.dialog_with(request.from_.tag)
    if dialog is None:
        stack.respond(transaction, 481, now=now)
    elif is_asked(session, request) and sdp_of(request) is None:
        _send_ok(session, transaction, b"", now)
        stack.emit(MetadataRequested(leg=session.leg))
    elif request.body and sdp_of(request) is None:
        stack.respond(transaction, 415, now=now, fields=(("Accept", SDP),))
    elif (too_brief := session_expires.refusal(request, stack.settings)) is not None:
        stack.respond(transaction, too_brief[0], now=now, fields=too_brief[1])
    elif session.offer_in is not None:
        refuse_busy(session, transaction, now)
    elif not request.body:
        dialog.refresh_target(request)
        _send_ok(session, transaction, b"", now)
    elif (status := offer_refusal(session, dialog)) == BUSY:
        refuse_busy(session, transaction, now)
    elif status:
        stack.respond(transaction, status, now=now)
    else:
        dialog.refresh_target(request)
        take_offer(session, dialog, transaction)


def offer_refusal(session: InviteSession, dialog: Dialog) -> int:
    """Return the status that refuses an offer of the peer now, 0 = none does (§5.2, RFC 3261 §14.2)."""
    if dialog.exchange.pending == "theirs" or session.reinvite_in is not None:
        return BUSY
    return PENDING if dialog.exchange.pending == "ours" or session.reinvite_out is not None else 0


def take_offer(session: InviteSession, dialog: Dialog, transaction: Transaction) -> None:
    """Ask the call layer for the answer to an offer that came without an INVITE."""
    session.offer_in = transaction
    offer = sdp_of(transaction.request)
    if offer is None:
        return
    dialog.exchange.offer_received(offer)
    session.stack.emit(ReinviteOffered(leg=session.leg, offer=offer, source=transaction.remote.host))
    if is_asked(session, transaction.request):
        session.stack.emit(MetadataRequested(leg=session.leg))


def is_asked(session: InviteSession, request: Request) -> bool:
    """Whether a recorder wants to be told everything again (RFC 7866 §9.2)."""
    return session.leg in session.stack.recordings and asks_for_metadata(request)


def accept(session: InviteSession, order: AcceptReinvite, now: float) -> bool:
    """Answer the peer's offer in the 2xx of its UPDATE; False = no such offer waits."""
    if session.offer_in is None:
        return False
    pending, session.offer_in = session.offer_in, None
    dialog = session.dialog_with(pending.request.from_.tag)
    if dialog is not None:
        dialog.exchange.answer_sent(order.answer)
    _send_ok(session, pending, order.answer, now)
    session.on_acknowledged(now)
    return True


def refuse(session: InviteSession, order: RefuseReinvite, now: float) -> bool:
    """Refuse the peer's offer; False = none waits outside an INVITE."""
    if session.offer_in is None:
        return False
    pending, session.offer_in = session.offer_in, None
    dialog = session.dialog_with(pending.request.from_.tag)
    if dialog is not None:
        dialog.exchange.refused()
    session.stack.respond(pending, order.status, now=now)
    session.on_acknowledged(now)
    return True


def refuse_busy(session: InviteSession, transaction: Transaction, now: float) -> None:
    """500 with a random Retry-After (RFC 3261 §14.2, RFC 3311 §5.2)."""
    seconds = session.stack.ids.octets(1)[0] % (LONGEST_WAIT_S + 1)
    session.stack.respond(transaction, BUSY, now=now, fields=(("Retry-After", str(seconds)),))


def on_response(session: InviteSession, request: Request, response: Response, now: float) -> None:
    """Take a response to our UPDATE."""
    if response.status < 200 or request is not session.update_out:
        return
    session.update_out = None
    dialog = session.dialog_with(request.to.tag)
    if session.ended or dialog is None:
        return
    again = session.retry(request, response, dialog.peer)
    if again is not None:
        _transmit(session, dialog, again, now)
    elif response.status < 300:
        _succeeded(session, dialog, request, response)
        if dialog.confirmed:
            session.timer.learn(response, now)
    elif session.timer.lengthen(request, response):
        dialog.local_cseq += 1
        longer = repeat_request(request, via=session.stack.via(dialog.peer), number=dialog.local_cseq)
        session.timer.ask(longer)
        _transmit(session, dialog, longer, now)
    else:
        _failed(session, dialog, request, response, now)
    if session.update_out is None and session.update_next is not None:
        fields, session.update_next = session.update_next, None
        send(session, fields, b"", now)


def _succeeded(session: InviteSession, dialog: Dialog, request: Request, response: Response) -> None:
    dialog.refresh_target(response)
    session.glare.succeeded()
    if not request.body:
        return
    answer = sdp_of(response)
    if answer is None:
        dialog.exchange.refused()
    else:
        dialog.exchange.answer_received(answer)
    session.stack.emit(ReinviteAnswered(leg=session.leg, answer=answer))


def _failed(session: InviteSession, dialog: Dialog, request: Request, response: Response, now: float) -> None:
    if request.body:
        dialog.exchange.refused()
        retry_s = session.glare.begin(response, now)
        session.stack.emit(ReinviteRefused(leg=session.leg, status=response.status, retry_s=retry_s))
    elif session.update_next is None:
        session.glare.begin(response, now, session.update_fields)
    if response.status in (408, 481) and session.is_confirmed:  # RFC 3261 §12.2.1.2
        session.send_bye(HangUp(leg=session.leg), now)
        session.end("timeout", by_peer=True)


def _send_ok(session: InviteSession, transaction: Transaction, answer: bytes, now: float) -> None:
    fields: Fields = (("Contact", session.stack.contact(transaction.remote)), ("Allow", ALLOW))
    if transaction.request.method == "UPDATE" and session.is_confirmed:
        fields = (*fields, *session.timer.answer(transaction.request, now))
    session.stack.respond(transaction, 200, now=now, fields=fields, body=answer)


def _transmit(session: InviteSession, dialog: Dialog, update: Request, now: float) -> None:
    session.update_out = update
    session.stack.transactions.request(update, dialog.peer, user=session, now=now)


def _current(session: InviteSession) -> Dialog | None:
    """The confirmed dialog, else the first early one."""
    dialogs = session.dialogs
    return dialogs[0] if dialogs else None
