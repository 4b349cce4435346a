"""UacSession: a leg that we call (RFC 3261 §13.2, §9.1)."""

from pbx.core.address import Remote
from pbx.core.ids import hex_id
from pbx.sip import prack
from pbx.sip.alert import alert_fields
from pbx.sip.answering import Answers
from pbx.sip.capabilities import ALLOW, supported
from pbx.sip.dialog import Dialog
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.enclosed import enclose
from pbx.sip.events import LegAnswered, LegRejected, LegRinging
from pbx.sip.grammar import bracketed
from pbx.sip.headers import NameAddr
from pbx.sip.invite_session import SDP, sdp_of
from pbx.sip.invite_usage import InviteUsage
from pbx.sip.message import Headers, Request, Response
from pbx.sip.offer_in_response import OfferInResponse
from pbx.sip.reason import one_line, q850_of, reason_fields
from pbx.sip.record_aware import is_record_aware
from pbx.sip.recording import dress
from pbx.sip.redirection import moved_to
from pbx.sip.reliability import Reliable
from pbx.sip.responses import cancel_of, local_response, progress
from pbx.sip.stack import Stack, repeat_request
from pbx.sip.trunk.abandoned import AbandonedInvite
from pbx.sip.trunk.failover import Failover

MAX_FORKS = 16  # dialogs that one INVITE may make; a proxy that forks wider is an attack


class UacSession(InviteUsage):
    """The INVITE client transaction, the dialogs its responses make, and a CANCEL that may have to wait."""

    __slots__ = (
        "_cancel_order",
        "_cancelled",
        "_early",
        "_failover",
        "_heard",
        "_invite",
        "_no_reply_s",
        "_reliable",
    )

    def __init__(self, stack: Stack, order: PlaceCall, now: float) -> None:
        super().__init__(stack, order.leg)
        self._answers = Answers(stack, order.credentials)
        self._failover = Failover(stack, order.remote, order.alternatives)
        self._no_reply_s = order.no_reply_s
        self._reliable = order.reliable or stack.settings.reliable
        self._early: dict[str, Dialog] = {}
        self._heard = False  # a provisional response came
        self._cancel_order: HangUp | None = None
        self._cancelled = False
        invite = _invite(stack, order, self._reliable)
        if order.metadata:
            stack.recordings = {order.leg} | (stack.recordings & stack.legs.keys())
            dress(invite, order.metadata, stack.ids)
        if order.enclosed is not None and order.offer:
            enclose(invite, order.enclosed, stack.ids)
        self.timer.ask(invite)
        self._send_invite(invite, now)

    @property
    def _remote(self) -> Remote:
        """Where the INVITE was sent."""
        return self._failover.remote

    @property
    def dialogs(self) -> list[Dialog]:
        """The confirmed dialog and the early ones."""
        return [*super().dialogs, *self._early.values()]

    @property
    def owns_call_id(self) -> bool:
        """We made it."""
        return True

    def hang_up(self, order: HangUp, now: float) -> None:
        """CANCEL once a provisional response came (§9.1), or BYE after the 2xx."""
        if self.dialog is not None:
            super().hang_up(order, now)
            return
        self._cancel_order = order
        self.end("cancel", by_peer=False, cause=order.cause)
        if self._heard:
            self._send_cancel(now)

    def on_bye(self, bye: Request, now: float) -> None:
        """The peer ended an early dialog: its INVITE has 64*T1 left for a final response, as after CANCEL."""
        super().on_bye(bye, now)
        if self.dialog is None:
            self._cancelled = True
            self.stack.deadlines.set(self, now + self.stack.settings.timers.timeout)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take a response to any request of this leg."""
        if request is not self._invite.request:
            super().on_response(request, response, now)
            return
        self._hear()
        if response.status < 200:
            self._on_provisional(response, now)
        elif response.status < 300:
            self._on_success(response, now)
        else:
            self._on_failure(request, response, now)

    def tick(self, now: float) -> None:
        """Give up a cancelled INVITE without final response in 64*T1 (§9.1), or a silent target."""
        if self._cancelled and self.dialog is None:
            self.stack.transactions.drop(self._invite)
            self.forget()
        elif not self._heard:
            self._abandon(now)
        else:
            super().tick(now)

    def forget(self) -> None:
        """Remove the dialogs, early ones too."""
        super().forget()
        self._early.clear()

    def _send_invite(self, invite: Request, now: float) -> None:
        self._heard = False
        if self._no_reply_s is not None:
            self.stack.deadlines.set(self, now + self._no_reply_s)
        self._answers.believe(self._remote)
        self._invite = self.stack.transactions.request(invite, self._remote, user=self, now=now)

    def _hear(self) -> None:
        """The target is not silent: from now on a CANCEL reaches it (§9.1)."""
        if not self._heard:
            self._heard = True
            self.stack.deadlines.set(self, None)

    def _abandon(self, now: float) -> None:
        """No response in time counts as none at all; what comes of it later is undone."""
        request = self._invite.request
        self._invite.user = AbandonedInvite(self.stack, self._remote)
        self._on_failure(request, local_response(request, 408), now)

    def _send_cancel(self, now: float) -> None:
        if self._cancelled or self._cancel_order is None:
            return
        self._cancelled = True
        cancel = cancel_of(self._invite.request)
        for name, value in reason_fields(self._cancel_order):
            cancel.headers.add(name, value)
        self.stack.transactions.request(cancel, self._remote, user=self, now=now)
        self.stack.deadlines.set(self, now + self.stack.settings.timers.timeout)

    def _on_provisional(self, response: Response, now: float) -> None:
        if self.ended:
            self._send_cancel(now)
            return
        if response.status == 100:
            return
        dialog = self._keep_early(response)
        rseq = None if self._reliable == "never" else prack.rseq_of(response)
        if rseq is None:
            answer = self._preview(dialog, response)
            self.stack.emit(LegRinging(leg=self.leg, status=progress(response), answer=answer))
        elif dialog is not None and prack.is_next(dialog, rseq):
            self._on_reliable(dialog, response, rseq, now)

    def _preview(self, dialog: Dialog | None, response: Response) -> bytes | None:
        """The answer in an unreliable response; nothing counts after a reliable one (§13.2.1)."""
        sdp = sdp_of(response)
        if dialog is None or not dialog.exchange.is_first_unanswered:
            return None if dialog is not None else sdp
        dialog.exchange.preview = sdp or dialog.exchange.preview
        return sdp

    def _on_reliable(self, dialog: Dialog, response: Response, rseq: int, now: float) -> None:
        """Acknowledge; an answer counts from now on, an offer needs the call layer's answer first."""
        rack = f"{rseq} {self._invite.request.cseq}"
        sdp, exchange = sdp_of(response), dialog.exchange
        if sdp is not None and exchange.is_unused and self.unanswered is None:
            exchange.offer_received(sdp)
            self.unanswered = OfferInResponse(dialog=dialog, offer=sdp, rack=rack)
            self.stack.emit(LegRinging(leg=self.leg, status=progress(response), offer=sdp))
            return
        answer = sdp if exchange.is_first_unanswered else None
        if answer is not None:
            exchange.answer_received(answer)
        prack.acknowledge(self, dialog, rack, now)
        self.stack.emit(LegRinging(leg=self.leg, status=progress(response), answer=answer))

    def _keep_early(self, response: Response) -> Dialog | None:
        tag = response.to.tag
        if tag is None or tag in self._early or len(self._early) >= MAX_FORKS:
            return self._early.get(tag or "")
        dialog = self._early[tag] = self._new_dialog(response)
        self.stack.dialogs[dialog.id] = self
        return dialog

    def _on_success(self, response: Response, now: float) -> None:
        number = self._invite.request.cseq.number
        tag = response.to.tag or ""
        if self.dialog is not None and self.dialog.remote_tag == tag:
            if self.unanswered is None:
                self.send_ack(self.dialog, number)
            return
        dialog = self._early.get(tag) or self._new_dialog(response)
        dialog.learn(response)
        if self.dialog is not None or self.ended:
            self._end_stray(dialog, number, now)
            return
        self.forget()
        self.dialog = dialog
        dialog.confirmed = True
        self.stack.dialogs[dialog.id] = self
        self.timer.learn(response, now)
        offer = self._settle_offer(dialog, response)
        answer = dialog.exchange.remote if offer is None else None
        if offer is None:
            self.send_ack(dialog, number)
        else:
            self.unanswered = OfferInResponse(dialog=dialog, offer=offer, number=number)
        is_aware = is_record_aware(response)
        self.stack.emit(LegAnswered(leg=self.leg, answer=answer, offer=offer, is_record_aware=is_aware))

    def _settle_offer(self, dialog: Dialog, response: Response) -> bytes | None:
        """Take the answer of a 2xx, or return the offer in it that is to be answered by the ACK."""
        sdp, exchange = sdp_of(response), dialog.exchange
        if exchange.is_first_unanswered:
            answer = sdp or exchange.preview
            if answer is not None:
                exchange.answer_received(answer)
            return None
        if exchange.is_unused and sdp is not None:
            exchange.offer_received(sdp)
        is_owed = self.unanswered is not None or exchange.local is None
        self.unanswered = None
        return exchange.remote if is_owed else None

    def _new_dialog(self, response: Response) -> Dialog:
        invite = self._invite.request
        dialog = Dialog.of_uac(invite, response, self._remote)
        offer = sdp_of(invite)
        if offer is not None:
            dialog.exchange.offer_sent(offer)
        return dialog

    def _end_stray(self, dialog: Dialog, number: int, now: float) -> None:
        """ACK and BYE for a 2xx nobody wants: a second fork, or one that crossed our CANCEL (§13.2.2.4)."""
        is_known = (dialog.remote_tag, number) in self._acks
        if not is_known and len(self._acks) >= MAX_FORKS:
            return
        self.send_ack(dialog, number)
        if not is_known:
            self.send_bye(self._cancel_order or HangUp(leg=self.leg), now, dialog)
        if self._cancelled:
            self.stack.deadlines.set(self, None)
            self._cancelled = False
        if self.dialog is None:
            self.forget()

    def _on_failure(self, request: Request, response: Response, now: float) -> None:
        again = None if self.ended else self._again(request, response, now)
        if again is not None:
            self._send_invite(again, now)
            return
        if self._cancelled:
            self.stack.deadlines.set(self, None)
        self.forget()
        if not self.ended:
            self.finish()
            reason = one_line(response.reason)
            status, q850, contacts = response.status, q850_of(response), moved_to(response)
            self.stack.emit(
                LegRejected(leg=self.leg, status=status, reason=reason, q850=q850, contacts=contacts)
            )

    def _again(self, request: Request, response: Response, now: float) -> Request | None:
        """The INVITE once more: with credentials, a longer session interval, or to the next target."""
        if self.timer.lengthen(request, response):
            number = request.cseq.number + 1
            longer = repeat_request(request, via=self.stack.via(self._remote), number=number)
            self.timer.ask(longer)
            return longer
        answered = self.retry(request, response, self._remote)
        if answered is not None or not self._failover.goes_on(response.status, now):
            return answered
        self.forget()
        return self._failover.again(request, self.stack.contact(self._remote))


def _invite(stack: Stack, order: PlaceCall, reliable: Reliable) -> Request:
    local = NameAddr(one_line(order.from_display), order.from_uri).with_param("tag", stack.tag())
    headers = Headers()
    headers.add("Via", stack.via(order.remote))
    for route in order.route:
        headers.add("Route", route)
    headers.add("Max-Forwards", str(order.max_forwards))
    for name, value in order.hops:
        headers.add(name, value)
    headers.add("From", str(local))
    headers.add("To", str(NameAddr("", order.to)))
    headers.add("Call-ID", hex_id(stack.ids))
    headers.add("CSeq", "1 INVITE")
    headers.add("Contact", stack.contact(order.remote))
    headers.add("Allow", ALLOW)
    headers.add("Supported", supported(reliable))
    if reliable == "required":
        headers.add("Require", "100rel")
    headers.add("User-Agent", stack.settings.user_agent)
    if order.asserted_uri:
        headers.add("P-Asserted-Identity", str(NameAddr("", order.asserted_uri)))
    if order.referred_by:
        headers.add("Referred-By", str(NameAddr("", order.referred_by)))
    if order.alert is not None:
        host = bracketed(stack.settings.listen.host)
        for name, value in alert_fields(order.alert, host, order.user_agent):
            headers.add(name, value)
    for name, value in order.fields:
        headers.add(name, value)
    if order.offer:
        headers.add("Content-Type", SDP)
    return Request("INVITE", order.target, headers, order.offer)
