"""UasSession: a leg that the peer called (RFC 3261 §13.3)."""

from pbx.core.ids import LegId
from pbx.sip.capabilities import ALLOW, option_tags
from pbx.sip.dialog import Dialog
from pbx.sip.effects import Answer, Forward, HangUp, Progress, Reject, Ring
from pbx.sip.headers import NameAddr
from pbx.sip.invite_session import SDP, sdp_of
from pbx.sip.invite_usage import InviteUsage
from pbx.sip.message import Request, Response
from pbx.sip.reason import cause_of, one_line, q850_fields, q850_of, reason_fields
from pbx.sip.reliable import ReliableProvisionals
from pbx.sip.responses import Fields, response_to, warning
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction

UNAVAILABLE = 480


class UasSession(InviteUsage):
    """The INVITE server transaction and the dialog it makes."""

    __slots__ = ("_answer", "_invite", "_provisionals", "_tag")

    def __init__(self, stack: Stack, leg: LegId, invite: Transaction) -> None:
        """PeerViolation 400 when the INVITE cannot make a dialog."""
        super().__init__(stack, leg)
        self._invite = invite
        self._tag = stack.tag()
        self.dialog = Dialog.of_uas(invite.request, self._tag, invite.remote)
        offer = sdp_of(invite.request)
        if offer is not None:
            self.dialog.exchange.offer_received(offer)
        self._provisionals = ReliableProvisionals(stack, invite, self)
        self._answer: Answer | None = None  # waits for the PRACK of a response with SDP
        invite.user = self

    @property
    def provisionals(self) -> ReliableProvisionals:
        """Those of the INVITE."""
        return self._provisionals

    @property
    def is_pending(self) -> bool:
        """Whether the INVITE still waits for a final response."""
        return not self._invite.is_final

    def ring(self, order: Ring, now: float) -> None:
        """Send 180."""
        if self.is_pending:
            self._provisional(180, b"", now)

    def forward(self, order: Forward, now: float) -> None:
        """Send 181."""
        if self.is_pending:
            self._send(181, now, (*self._dialog_fields(), *order.fields))

    def progress(self, order: Progress, now: float) -> None:
        """Send 183 with early media."""
        if self.is_pending:
            self._provisional(183, order.answer, now)

    def answer(self, order: Answer, now: float) -> None:
        """Send 200; the peer's ACK makes it LegConfirmed. It waits for the PRACK of SDP sent before."""
        if not self.is_pending or self.dialog is None:
            return
        self.provisionals.drop_waiting()
        if self.provisionals.holds_success or self.offer_in is not None:
            self._answer = order
            return
        self._answer = None
        self.provisionals.supersede(now)
        self.send_ok(self._invite, order.answer, to_tag=self._tag, now=now)
        self.dialog.confirmed = True

    def on_acknowledged(self, now: float) -> None:
        """Send the 200 that waited; an ended leg has nothing more to wait for."""
        if self.ended and not self.is_pending and not (self.dialog and self.dialog.confirmed):
            self.forget()
        elif self._answer is not None:
            self.answer(self._answer, now)

    def on_unacknowledged(self, now: float) -> None:
        """End a call whose provisional response nobody acknowledged (RFC 3262 §3)."""
        if self.is_pending:
            self._send(500, now)
            self.end("no_prack", by_peer=False, cause=500)
            self.forget()
        elif self.ended and not (self.dialog and self.dialog.confirmed):
            self.forget()

    def describe(self, response: Response) -> None:
        """Take SDP out of a provisional response that may not carry it (RFC 3262 §5, RFC 6337 §3.1)."""
        if not response.body or self.dialog is None:
            return
        exchange, is_reliable = self.dialog.exchange, "RSeq" in response.headers
        if exchange.pending == "theirs":
            if is_reliable:
                exchange.answer_sent(response.body)
        elif is_reliable and exchange.is_unused:
            exchange.offer_sent(response.body)
        else:
            response.body = b""
            response.headers.remove("Content-Type")

    def reject(self, order: Reject, now: float) -> None:
        """Send a final failure; no event follows."""
        if not self.is_pending:
            return
        after = order.retry_after_s
        fields: Fields = tuple(("Contact", str(NameAddr("", uri))) for uri in order.contacts)
        fields = fields if after is None else (*fields, ("Retry-After", str(after)))
        fields = (*fields, ("Call-Info", f"<{order.card}>;purpose=jwscard")) if order.card else fields
        response = self._response(order.status, (*fields, *q850_fields(order.q850)), one_line(order.warning))
        response.reason = one_line(order.reason) or response.reason
        self.stack.transactions.respond(self._invite, response, now)
        self.finish()
        self._close(now)

    def hang_up(self, order: HangUp, now: float) -> None:
        """Refuse a pending INVITE with the cause as its status, or end the dialog."""
        if not self.is_pending:
            super().hang_up(order, now)
            return
        status = order.cause if 400 <= order.cause <= 699 else UNAVAILABLE
        self._send(status, now, reason_fields(order))
        self.end("cancel", by_peer=False, cause=order.cause)
        self._close(now)

    def on_cancel(self, cancel: Request, now: float) -> None:
        """487 to the pending INVITE; after our 200 a CANCEL has no effect (§9.2)."""
        if not self.is_pending:
            super().on_cancel(cancel, now)
            return
        self._send(487, now)
        self.end_pending(now)
        self.end("cancel", by_peer=True, cause=cause_of(cancel), q850=q850_of(cancel))
        self._close(now)

    def on_bye(self, bye: Request, now: float) -> None:
        """A BYE before our final response ends the INVITE with 487 (§15.1.2)."""
        if self.is_pending:
            self._send(487, now)
            self.provisionals.supersede(now)
        super().on_bye(bye, now)

    def on_transport_error(self, now: float) -> None:
        """The peer vanished: a pending INVITE ends here, a confirmed dialog goes on."""
        super().on_transport_error(now)
        if not self.ended and self.dialog is not None and not self.dialog.confirmed:
            self.provisionals.supersede(now)
            self.end("transport", by_peer=True)
            self.forget()

    def _close(self, now: float) -> None:
        """Remove the dialog, or wait for the PRACK that is still to be answered (RFC 3262 §3)."""
        self.provisionals.supersede(now)
        if not self.provisionals.is_unacknowledged:
            self.forget()

    def _provisional(self, status: int, sdp: bytes, now: float) -> None:
        fields = (*self._dialog_fields(), ("Allow", ALLOW))
        response = self._response(status, (*fields, ("Content-Type", SDP)) if sdp else fields)
        response.body = sdp
        if self._is_reliable(bool(sdp)):
            self.provisionals.send(response, now)
        else:
            self.describe(response)
            self.stack.transactions.respond(self._invite, response, now)

    def _is_reliable(self, has_sdp: bool) -> bool:
        """All of them when the peer requires it; else those with SDP that it can acknowledge."""
        invite = self._invite.request
        if "100rel" in option_tags(invite, "Require"):
            return True
        is_wanted = has_sdp and self.stack.settings.reliable != "never"
        return is_wanted and "100rel" in option_tags(invite, "Supported")

    def _dialog_fields(self) -> Fields:
        routes = self._invite.request.headers.get_all("Record-Route")
        contact = ("Contact", self.stack.contact(self._invite.remote))
        return (*(("Record-Route", value) for value in routes), contact)

    def _response(self, status: int, fields: Fields = (), why: str = "") -> Response:
        request, source = self._invite.request, self._invite.remote
        warned = warning(status, str(self.stack.settings.public_address(source)), why)
        signed = self.stack.signed((*fields, *warned))
        return response_to(request, status, source=source, to_tag=self._tag, fields=signed)

    def _send(self, status: int, now: float, fields: Fields = ()) -> None:
        self.stack.transactions.respond(self._invite, self._response(status, fields), now)
