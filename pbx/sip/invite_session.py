"""InviteSession: one leg after its dialog is confirmed (RFC 3261 §13-15), shared by both sides."""

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.core.ids import LegId
from pbx.sip.answering import Answers
from pbx.sip.bodies import SDP as SDP
from pbx.sip.bodies import sdp_of as sdp_of
from pbx.sip.capabilities import ACCEPT, ALLOW, supported
from pbx.sip.dialog import Dialog
from pbx.sip.effects import HangUp
from pbx.sip.events import LegConfirmed, LegEnded
from pbx.sip.glare import GlareWait
from pbx.sip.message import Request, Response
from pbx.sip.offer_in_response import OfferInResponse
from pbx.sip.ok_repeater import OkRepeater
from pbx.sip.reason import cause_of, q850_of, reason_fields
from pbx.sip.reliable import ReliableProvisionals
from pbx.sip.responses import Fields, response_to
from pbx.sip.session_timer import SessionTimer
from pbx.sip.stack import Stack, retry_request
from pbx.sip.transaction import Transaction
from pbx.sip.withdrawn import ReinviteWithdrawn

NO_ANSWER = 488  # cause of a session that the peer left without a description


class InviteSession:
    """Dialog, pending INVITEs and the 2xx being repeated; `ended` = its last event was emitted."""

    __slots__ = (
        "_acks",
        "_answers",
        "_ok",
        "_waiting_bye",
        "dialog",
        "ended",
        "glare",
        "leg",
        "offer_in",
        "reinvite_in",
        "reinvite_out",
        "repeating",
        "stack",
        "timer",
        "unanswered",
        "update_fields",
        "update_next",
        "update_out",
        "was_referred",
    )

    def __init__(self, stack: Stack, leg: LegId) -> None:
        self.stack = stack
        self.leg = leg
        self.dialog: Dialog | None = None
        self.ended = False
        self.was_referred = False  # the peer sent a REFER before
        self.reinvite_in: Transaction | None = None
        self.reinvite_out: Request | None = None
        self.offer_in: Transaction | None = None  # an UPDATE of the peer whose offer we have not answered
        self.repeating = False  # `reinvite_out` is a refresh: the call layer knows nothing of it
        self.timer = SessionTimer(stack, self)
        self.glare = GlareWait(self)
        self.unanswered: OfferInResponse | None = None
        self.update_fields: Fields = ()  # those that `update_out` was given
        self.update_out: Request | None = None
        self.update_next: Fields | None = None  # of the one UPDATE without an offer that has to wait
        self._acks: dict[tuple[str, int], bytes] = {}
        self._answers = Answers(stack)
        self._ok: OkRepeater | None = None
        self._waiting_bye: HangUp | None = None

    @property
    def provisionals(self) -> ReliableProvisionals | None:
        """The reliable provisional responses of a leg that the peer called."""
        return None

    @property
    def dialogs(self) -> list[Dialog]:
        """The dialog, if there is one."""
        return [self.dialog] if self.dialog else []

    def dialog_with(self, remote_tag: str | None) -> Dialog | None:
        """The dialog with one of the peers that answered, early or confirmed."""
        return next((one for one in self.dialogs if one.remote_tag == (remote_tag or "")), None)

    @property
    def is_confirmed(self) -> bool:
        """Whether the dialog is confirmed and the leg is not over."""
        return self.dialog is not None and self.dialog.confirmed and not self.ended

    @property
    def owns_call_id(self) -> bool:
        """Whether we made the Call-ID, which decides who waits longer after glare (§14.1)."""
        return False

    @property
    def is_negotiating(self) -> bool:
        """Whether an INVITE or an offer is pending in either direction (§14.1)."""
        is_pending = self.reinvite_in or self.reinvite_out or self.offer_in
        is_offered = self.dialog is not None and bool(self.dialog.exchange.pending)
        return bool(is_pending) or is_offered or self.is_waiting_for_ack

    @property
    def is_waiting_for_ack(self) -> bool:
        """Whether a 2xx of ours is being repeated."""
        return self._ok is not None

    def on_ack(self, ack: Request, now: float) -> None:
        """Stop repeating the 2xx; a leg hung up in the meantime gets its BYE now (§15.1.1)."""
        if self._ok is None or ack.cseq.number != self._ok.number:
            return
        is_first = self._ok.is_first
        self.stack.repeat_credit.acknowledged(self._ok.remote)
        self._stop_ok()
        is_answered = self._note_answer(sdp_of(ack))
        if self._waiting_bye is not None:
            self.send_bye(self._waiting_bye, now)
        elif not is_answered and is_first and not self.ended:
            self.send_bye(HangUp(leg=self.leg, cause=NO_ANSWER, text="No answer to the offer"), now)
            self.end("no_sdp", by_peer=False, cause=NO_ANSWER)
        elif not self.ended and (is_first or sdp_of(ack)):
            self.stack.emit(LegConfirmed(leg=self.leg, answer=sdp_of(ack)))

    def _note_answer(self, answer: bytes | None) -> bool:
        """Whether our offer in the 2xx, if it had one, is answered (§13.2.1, §13.3.1)."""
        if self.dialog is None or self.dialog.exchange.pending != "ours":
            return True
        if answer is None:
            self.dialog.exchange.refused()
            return False
        self.dialog.exchange.answer_received(answer)
        return True

    def on_cancel(self, cancel: Request, now: float) -> None:
        """End the peer's pending re-INVITE (§9.2); the dialog stays."""
        if self.reinvite_in is not None and self.dialog is not None:
            self.dialog.exchange.refused()
            self.stack.emit(ReinviteWithdrawn(leg=self.leg))
        self.end_pending(now)

    def on_connection_lost(self, remote: Remote) -> None:
        """Reach the peer on a new connection from now on."""
        for dialog in self.dialogs:
            if dialog.peer == remote:
                dialog.lose_connection()

    def on_transport_error(self, now: float) -> None:
        """A pending INVITE of the peer cannot be answered any more."""
        self.reinvite_in = None

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take a response to a request of this leg; the subclasses know which."""
        raise MisuseError("a leg is a UacSession or a UasSession")

    def on_update_due(self, fields: Fields, now: float) -> None:
        """Send an UPDATE again that was refused for now; the subclasses know how."""
        raise MisuseError("a leg is a UacSession or a UasSession")

    def on_refresh_due(self, now: float) -> None:
        """Refresh the session; the subclasses know how."""
        raise MisuseError("a leg is a UacSession or a UasSession")

    def on_session_expired(self, now: float) -> None:
        """Nobody refreshed the session."""
        raise MisuseError("a leg is a UacSession or a UasSession")

    def tick(self, now: float) -> None:
        """Repeat the 2xx, or give up for want of an ACK (§13.3.1.4)."""
        if self._ok is None:
            return
        if self._ok.is_hopeless(now, self.stack.settings.timers.timeout):
            self._give_up(self._ok.remote, now)
            return
        if self.stack.may_repeat(self._ok.remote):
            self.stack.send(self._ok.octets, self._ok.remote)
        self.stack.deadlines.set(self, self._ok.after(now, self.stack.settings.timers))

    def _give_up(self, remote: Remote, now: float) -> None:
        """End a leg whose 2xx nobody acknowledged; an address without credit gets one BYE, never repeated."""
        self._stop_ok()
        if self.stack.repeat_credit.is_spent(remote) and self.dialog is not None:
            self.end_pending(now)
            self.stack.send(bytes(self.request("BYE", self.dialog)), self.dialog.peer)
            self.end("no_ack", by_peer=False)
            self.forget()
            return
        self.send_bye(self._waiting_bye or HangUp(leg=self.leg), now)
        self.end("no_ack", by_peer=False)

    def send_ok(self, transaction: Transaction, answer: bytes, *, to_tag: str, now: float) -> None:
        """Send a 200 with SDP to an INVITE and repeat it until the ACK."""
        routes = transaction.request.headers.get_all("Record-Route")
        fields: Fields = (
            *(("Record-Route", value) for value in routes),
            ("Contact", self.stack.contact(transaction.remote)),
            ("Allow", ALLOW),
            ("Accept", ACCEPT),
            ("Supported", supported(self.stack.settings.reliable)),
            *self.timer.answer(transaction.request, now),
        )
        request, source = transaction.request, transaction.remote
        is_first = self.dialog is None or not self.dialog.confirmed
        if is_first and self.dialog is not None and self.dialog.exchange.is_complete:
            answer = b""  # a reliable response has said it; no later one may (RFC 6337 §3.1)
        else:
            self._note_description(request, answer)
            fields = (*fields, ("Content-Type", SDP))
        response = response_to(request, 200, source=source, to_tag=to_tag, fields=self.stack.signed(fields))
        response.body = answer
        self.stack.transactions.respond(transaction, response, now)
        self._ok = OkRepeater(transaction, now=now, is_first=is_first)
        self.stack.deadlines.set(self, self._ok.after(now, self.stack.settings.timers))

    def _note_description(self, invite: Request, sdp: bytes) -> None:
        """The SDP of a 2xx is the answer to the INVITE's offer, or our offer (RFC 3261 §13.2.1)."""
        if self.dialog is None:
            return
        if sdp_of(invite) is None:
            self.dialog.exchange.offer_sent(sdp)
        else:
            self.dialog.exchange.answer_sent(sdp)

    def send_ack(self, dialog: Dialog, number: int, answer: bytes = b"") -> None:
        """Acknowledge a 2xx; the same octets go out for each retransmission of it."""
        key = (dialog.remote_tag, number)
        octets = self._acks.get(key)
        if octets is None:
            ack = dialog.ack(self.stack.via(dialog.peer), number)
            if answer:
                ack.headers.add("Content-Type", SDP)
                ack.body = answer
            octets = bytes(ack)
            self._acks = {old: sent for old, sent in self._acks.items() if old[0] != dialog.remote_tag}
            self._acks[key] = octets
        self.stack.send(octets, dialog.peer)

    def request(self, method: str, dialog: Dialog) -> Request:
        """Return a new request of ours inside `dialog`."""
        request = dialog.request(method, self.stack.via(dialog.peer))
        request.headers.add("User-Agent", self.stack.settings.user_agent)
        return request

    def target_refresh(self, method: str, dialog: Dialog) -> Request:
        """Return a new re-INVITE or UPDATE, which also refreshes the session (§12.2, RFC 4028 §7.4)."""
        request = self.request(method, dialog)
        request.headers.add("Contact", self.stack.contact(dialog.peer))
        request.headers.add("Allow", ALLOW)
        request.headers.add("Supported", supported(self.stack.settings.reliable))
        self.timer.ask(request)
        return request

    def send_bye(self, order: HangUp, now: float, dialog: Dialog | None = None) -> None:
        """End a confirmed dialog; the peer's pending re-INVITE gets 487 first (§15.1.2)."""
        dialog = dialog or self.dialog
        if dialog is None:
            return
        self._waiting_bye = None
        self.end_pending(now)
        bye = self.request("BYE", dialog)
        for name, value in reason_fields(order):
            bye.headers.add(name, value)
        self.stack.transactions.request(bye, dialog.peer, user=self, now=now)

    def end_pending(self, now: float) -> None:
        """Answer the peer's pending re-INVITE or UPDATE when the dialog goes."""
        for pending in (self.reinvite_in, self.offer_in):
            if pending is not None:
                self.stack.respond(pending, 487, now=now)
        self.reinvite_in = self.offer_in = None

    def on_acknowledged(self, now: float) -> None:
        """A provisional response of ours was acknowledged, or the offer in its PRACK is settled."""

    def on_bye(self, bye: Request, now: float) -> None:
        """The peer ended the dialog; the BYE itself is answered."""
        self._stop_ok()
        self.end_pending(now)
        self.end("bye", by_peer=True, cause=cause_of(bye), q850=q850_of(bye))
        self.forget()

    def hang_up(self, order: HangUp, now: float) -> None:
        """End a confirmed leg, or one whose 2xx waits for its ACK, theirs or ours."""
        self._decline_offer()
        if self._ok is not None and self._ok.is_first:
            self._waiting_bye = order
        else:
            self._stop_ok()
            self.send_bye(order, now)
        self.end("bye", by_peer=False, cause=order.cause)

    def _decline_offer(self) -> None:
        """ACK a 2xx whose offer nobody has answered."""
        waiting, self.unanswered = self.unanswered, None
        if waiting is not None and waiting.number:
            self.send_ack(waiting.dialog, waiting.number, waiting.refusal)

    def end(self, how: str, *, by_peer: bool, cause: int = 0, q850: int = 0) -> None:
        """Emit the leg's last event, once."""
        if not self.ended:
            self.finish()
            ended = LegEnded(leg=self.leg, by_peer=by_peer, how=how, cause=cause, q850=q850)
            self.stack.emit(ended)

    def finish(self) -> None:
        """Close the leg for the call layer; the dialog stays until its BYE is answered."""
        self.ended = True
        self.timer.stop()
        self.glare.stop()
        self.stack.legs.pop(self.leg, None)

    def forget(self) -> None:
        """Remove the dialogs; later requests in them get 481, and our own re-INVITE waits no longer."""
        if self.reinvite_out is not None:
            self.stack.transactions.abandon(self.reinvite_out)
            self.reinvite_out = None
        for dialog in self.dialogs:
            self.stack.dialogs.pop(dialog.id, None)

    def retry(self, request: Request, response: Response, remote: Remote) -> Request | None:
        """Return the answer to a 401/407, once per request; None when we have none (§22.2)."""
        answer = self._answers.to(request, response, remote)
        if answer is None:
            return None
        number = request.cseq.number + 1
        dialog = self.dialog_with(request.to.tag)
        if dialog is not None:
            number = dialog.local_cseq = dialog.local_cseq + 1
        return retry_request(request, via=self.stack.via(remote), number=number, answer=answer)

    def on_bye_response(self, request: Request, response: Response, now: float) -> None:
        """Forget the dialog once our BYE is answered, repeating it with credentials if asked."""
        if response.status < 200:
            return
        if self.dialog is None or request.to.tag != self.dialog.remote_tag:
            return  # the BYE of a stray dialog, which is forgotten already
        again = self.retry(request, response, self.dialog.peer)
        if again is not None:
            self.stack.transactions.request(again, self.dialog.peer, user=self, now=now)
        else:
            self.forget()

    def _stop_ok(self) -> None:
        self._ok = None
        self.stack.deadlines.set(self, None)
