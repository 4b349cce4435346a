"""UasSession: a leg that the peer called (RFC 3261 §13.3)."""

from pbx.core.ids import LegId
from pbx.sip import in_dialog_responses
from pbx.sip.dialog import Dialog
from pbx.sip.effects import Answer, HangUp, Progress, Reject, Ring
from pbx.sip.invite_session import SDP, InviteSession, sdp_of
from pbx.sip.message import Request, Response
from pbx.sip.reason import cause_of, one_line, reason_fields
from pbx.sip.responses import Fields, response_to
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction

UNAVAILABLE = 480


class UasSession(InviteSession):
    """The INVITE server transaction and the dialog it makes."""

    __slots__ = ("_invite", "_tag")

    def __init__(self, stack: Stack, leg: LegId, invite: Transaction) -> None:
        """PeerViolation 400 when the INVITE cannot make a dialog."""
        super().__init__(stack, leg)
        self._invite = invite
        self._tag = stack.tag()
        self.dialog = Dialog.of_uas(invite.request, self._tag, invite.remote)
        offer = sdp_of(invite.request)
        if offer is not None:
            self.dialog.exchange.offer_received(offer)
        invite.user = self

    @property
    def is_pending(self) -> bool:
        """Whether the INVITE still waits for a final response."""
        return not self._invite.is_final

    def ring(self, order: Ring, now: float) -> None:
        """Send 180."""
        if self.is_pending:
            self._send(180, now, self._dialog_fields())

    def progress(self, order: Progress, now: float) -> None:
        """Send 183 with early media."""
        if self.is_pending:
            response = self._response(183, (*self._dialog_fields(), ("Content-Type", SDP)))
            response.body = order.answer
            self.stack.transactions.respond(self._invite, response, now)

    def answer(self, order: Answer, now: float) -> None:
        """Send 200; the peer's ACK makes it LegConfirmed."""
        if self.is_pending and self.dialog is not None:
            self.send_ok(self._invite, order.answer, to_tag=self._tag, now=now)
            self.dialog.confirmed = True

    def reject(self, order: Reject, now: float) -> None:
        """Send a final failure; no event follows."""
        if not self.is_pending:
            return
        after = order.retry_after_s
        response = self._response(order.status, () if after is None else (("Retry-After", str(after)),))
        response.reason = one_line(order.reason) or response.reason
        self.stack.transactions.respond(self._invite, response, now)
        self.finish()
        self.forget()

    def hang_up(self, order: HangUp, now: float) -> None:
        """Refuse a pending INVITE with the cause as its status, or end the dialog."""
        if not self.is_pending:
            super().hang_up(order, now)
            return
        status = order.cause if 400 <= order.cause <= 699 else UNAVAILABLE
        self._send(status, now, reason_fields(order))
        self.end("cancel", by_peer=False, cause=order.cause)
        self.forget()

    def on_cancel(self, cancel: Request, now: float) -> None:
        """487 to the pending INVITE; after our 200 a CANCEL has no effect (§9.2)."""
        if not self.is_pending:
            super().on_cancel(cancel, now)
            return
        self._send(487, now)
        self.end("cancel", by_peer=True, cause=cause_of(cancel))
        self.forget()

    def on_bye(self, bye: Request, now: float) -> None:
        """A BYE before our final response ends the INVITE with 487 (§15.1.2)."""
        if self.is_pending:
            self._send(487, now)
        super().on_bye(bye, now)

    def on_transport_error(self, now: float) -> None:
        """The peer vanished: a pending INVITE ends here, a confirmed dialog goes on."""
        super().on_transport_error(now)
        if not self.ended and self.dialog is not None and not self.dialog.confirmed:
            self.end("transport", by_peer=True)
            self.forget()

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take a response to a request of ours inside the dialog."""
        in_dialog_responses.take(self, request, response, now)

    def _dialog_fields(self) -> Fields:
        routes = self._invite.request.headers.get_all("Record-Route")
        contact = ("Contact", self.stack.contact(self._invite.remote))
        return (*(("Record-Route", value) for value in routes), contact)

    def _response(self, status: int, fields: Fields = ()) -> Response:
        request, source = self._invite.request, self._invite.remote
        signed = self.stack.signed(fields)
        return response_to(request, status, source=source, to_tag=self._tag, fields=signed)

    def _send(self, status: int, now: float, fields: Fields = ()) -> None:
        self.stack.transactions.respond(self._invite, self._response(status, fields), now)
