"""re-INVITE in both directions (RFC 3261 §14), with 491 on glare."""

from pbx.sip import glare, session_expires, update
from pbx.sip.dialog import Dialog
from pbx.sip.effects import AcceptReinvite, HangUp, RefuseReinvite, Reinvite
from pbx.sip.events import ReinviteAnswered, ReinviteOffered, ReinviteRefused
from pbx.sip.invite_session import SDP, InviteSession, sdp_of
from pbx.sip.message import Request, Response
from pbx.sip.offer_in_response import OfferInResponse
from pbx.sip.recording import MetadataRequested, dress
from pbx.sip.responses import Fields
from pbx.sip.stack import repeat_request
from pbx.sip.transaction import Transaction

PENDING = 491
REFRESH_AGAIN_S = 4.0  # as after the longest wait of §14.1


def offer(session: InviteSession, order: Reinvite, now: float) -> None:
    """Send our re-INVITE, or refuse the order at once while another INVITE is pending (§14.1)."""
    dialog = session.dialog
    if not session.is_confirmed:
        update.offer(session, order, now)
        return
    if dialog is None or session.is_negotiating:
        session.stack.emit(ReinviteRefused(leg=order.leg, status=PENDING))
        return
    session.repeating = False
    _send(session, dialog, order.offer, now, metadata=order.metadata)


def repeat(session: InviteSession, now: float, fields: Fields = ()) -> bool:
    """Offer what we said last, to refresh the session (RFC 4028 §7.4) or to tell more; False = not now."""
    dialog = session.dialog
    if dialog is None or not session.is_confirmed or session.is_negotiating:
        return False
    session.repeating = True
    _send(session, dialog, dialog.exchange.local, now, fields)
    return True


def _send(
    session: InviteSession,
    dialog: Dialog,
    sdp: bytes | None,
    now: float,
    fields: Fields = (),
    *,
    metadata: bytes = b"",
) -> None:
    invite = session.target_refresh("INVITE", dialog)
    for name, value in fields:
        invite.headers.add(name, value)
    if sdp:
        invite.headers.add("Content-Type", SDP)
        invite.body = sdp
        dialog.exchange.offer_sent(sdp)
    if session.leg in session.stack.recordings:
        dress(invite, metadata, session.stack.ids)
    session.reinvite_out = invite
    session.stack.transactions.request(invite, dialog.peer, user=session, now=now)


def on_response(session: InviteSession, request: Request, response: Response, now: float) -> None:
    """Take a response to our re-INVITE: ACK a 2xx, report the end of the exchange."""
    dialog = session.dialog
    if dialog is None or response.status < 200:
        return
    is_awaited = request is session.reinvite_out
    if is_awaited:
        session.reinvite_out = None
    if response.status < 300:
        dialog.refresh_target(response)
        if is_awaited and not session.ended:
            session.timer.learn(response, now)
        _on_success(session, dialog, response, is_awaited=is_awaited)
        return
    if session.ended or not is_awaited:
        return
    again = _again(session, dialog, request, response)
    if again is not None:
        session.reinvite_out = again
        session.stack.transactions.request(again, dialog.peer, user=session, now=now)
        return
    dialog.exchange.refused()
    if session.repeating:
        seconds = glare.wait_s(response, session.stack.ids, owns_call_id=session.owns_call_id)
        session.timer.try_again(now, REFRESH_AGAIN_S if seconds is None else seconds)
    else:
        retry_s = session.glare.begin(response, now)
        session.stack.emit(ReinviteRefused(leg=session.leg, status=response.status, retry_s=retry_s))
    if response.status in (408, 481):  # §12.2.1.2: the peer has no such dialog any more
        session.send_bye(HangUp(leg=session.leg), now)
        session.end("timeout", by_peer=True)


def _again(session: InviteSession, dialog: Dialog, request: Request, response: Response) -> Request | None:
    """The re-INVITE with credentials, or with the longer session interval that a 422 asks for."""
    if session.timer.lengthen(request, response):
        dialog.local_cseq += 1
        longer = repeat_request(request, via=session.stack.via(dialog.peer), number=dialog.local_cseq)
        session.timer.ask(longer)
        return longer
    proven = session.retry(request, response, dialog.peer)
    if proven is not None:
        dialog.prove(proven)
    return proven


def _on_success(session: InviteSession, dialog: Dialog, response: Response, *, is_awaited: bool) -> None:
    """ACK a 2xx, each copy of it too; one with an offer waits for our answer (§13.2.2.4, §14.1)."""
    number, sdp, exchange = response.cseq.number, sdp_of(response), dialog.exchange
    is_first = is_awaited and not session.ended
    if is_first and exchange.pending != "ours" and sdp is not None:
        exchange.offer_received(sdp)
        session.unanswered = OfferInResponse(dialog=dialog, offer=sdp, number=number)
        session.stack.emit(ReinviteAnswered(leg=session.leg, answer=None, offer=sdp))
        return
    if session.unanswered is None or session.unanswered.number != number:
        session.send_ack(dialog, number)
    if not is_first:
        return
    session.glare.succeeded()
    is_same = session.repeating and sdp in (None, exchange.remote)
    if sdp is None:
        exchange.refused()
    else:
        exchange.answer_received(sdp)
    if not is_same:
        session.stack.emit(ReinviteAnswered(leg=session.leg, answer=sdp))


def on_request(session: InviteSession, request: Request, transaction: Transaction, now: float) -> None:
    """Take the peer's re-INVITE: 491 against ours, 500 against its own pending one (§14.2)."""
    stack, dialog = session.stack, session.dialog
    if dialog is None or not dialog.confirmed or session.reinvite_in is not None:
        update.refuse_busy(session, transaction, now)
    elif session.reinvite_out is not None or session.is_waiting_for_ack:
        stack.respond(transaction, PENDING, now=now)
    elif request.body and sdp_of(request) is None and not update.is_asked(session, request):
        stack.respond(transaction, 415, now=now, fields=(("Accept", SDP),))
    elif (too_brief := session_expires.refusal(request, stack.settings)) is not None:
        stack.respond(transaction, too_brief[0], now=now, fields=too_brief[1])
    elif (status := update.offer_refusal(session, dialog)) == update.BUSY:
        update.refuse_busy(session, transaction, now)
    elif status:
        stack.respond(transaction, status, now=now)
    else:
        _take(session, dialog, transaction, now)


def _take(session: InviteSession, dialog: Dialog, transaction: Transaction, now: float) -> None:
    request = transaction.request
    dialog.refresh_target(request)
    session.reinvite_in = transaction
    transaction.user = session
    session.stack.respond(transaction, 100, now=now)
    offered = sdp_of(request)
    if offered is not None:
        dialog.exchange.offer_received(offered)
    session.stack.emit(ReinviteOffered(leg=session.leg, offer=offered, source=transaction.remote.host))
    if update.is_asked(session, request):
        session.stack.emit(MetadataRequested(leg=session.leg))


def accept(session: InviteSession, order: AcceptReinvite, now: float) -> None:
    """Answer the peer's re-INVITE or UPDATE; nothing happens when it was cancelled meanwhile."""
    if update.accept(session, order, now):
        return
    if session.reinvite_in is not None and session.dialog is not None:
        pending, session.reinvite_in = session.reinvite_in, None
        session.send_ok(pending, order.answer, to_tag=session.dialog.local_tag, now=now)


def refuse(session: InviteSession, order: RefuseReinvite, now: float) -> None:
    """Refuse the peer's re-INVITE or UPDATE; the session goes on as it was."""
    if update.refuse(session, order, now):
        return
    if session.reinvite_in is not None and session.dialog is not None:
        pending, session.reinvite_in = session.reinvite_in, None
        session.dialog.exchange.refused()
        session.stack.respond(pending, order.status, now=now)
