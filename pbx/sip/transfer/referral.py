"""Referral: one REFER that a peer sent us, and the implicit subscription that tells him what came of it."""

from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request, Response
from pbx.sip.responses import Fields
from pbx.sip.transaction import Transaction
from pbx.sip.transfer.sipfrag import SIPFRAG_TYPE, sipfrag

TRYING = 100
SUBSCRIBED_S = 300  # longer than a target rings; the call layer reports the end before
DECLINE = 603


class Referral:
    """The server side of RFC 3515; lives on after the peer's BYE until the outcome is known (RFC 5057).

    NOTIFYs go out one at a time, so that none overtakes another: what waits is only the newest status.
    `is_numbered` = the dialog had a REFER before, so the subscription has an id (RFC 3515 §2.4.6).
    """

    __slots__ = ("_event", "_in_flight", "_is_silent", "_refer", "_session", "_waiting", "is_over", "leg")

    def __init__(self, session: InviteSession, refer: Transaction, *, is_numbered: bool) -> None:
        self._session, self._refer = session, refer
        self.leg = session.leg
        self._event = f"refer;id={refer.request.cseq.number}" if is_numbered else "refer"
        self._is_silent = wants_no_notify(refer.request)
        self._in_flight = self.is_over = False
        self._waiting = 0

    def accept(self, now: float) -> None:
        """Send 202 and say that we try (§2.4.4: a NOTIFY at once)."""
        stack = self._session.stack
        fields: Fields = (("Contact", stack.contact(self._refer.remote)),)
        if self._is_silent:
            fields += (("Refer-Sub", "false"),)  # RFC 4488 §4
        stack.respond(self._refer, 202, now=now, fields=fields)
        stack.deadlines.set(self, now + SUBSCRIBED_S)
        self.report(TRYING, now)

    def refuse(self, status: int, now: float, fields: Fields = ()) -> None:
        """Answer the REFER with a failure: there is no subscription."""
        self._session.stack.respond(self._refer, status, now=now, fields=fields)
        self._end()

    def report(self, status: int, now: float) -> None:
        """Tell the transferor; a final status is the last that he hears."""
        if self.is_over:
            return
        if self._is_silent:
            if status >= 200:
                self._end()
        elif self._in_flight:
            self._waiting = status
        else:
            self._notify(status, now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """The transferor has heard; after a failure (481 when he has left) he hears no more."""
        if response.status < 200 or self.is_over:
            return
        self._in_flight = False
        waiting, self._waiting = self._waiting, 0
        if response.status >= 300:
            self._end()
        elif waiting:
            self._notify(waiting, now)

    def on_ack(self, ack: Request, now: float) -> None:
        """A REFER has no ACK."""

    def on_transport_error(self, now: float) -> None:
        """The REFER cannot be answered; the dialog goes on."""

    def tick(self, now: float) -> None:
        """Nobody reported an outcome in time."""
        if not self.is_over:
            self._notify(DECLINE, now, "timeout")

    def _notify(self, status: int, now: float, reason: str = "noresource") -> None:
        session = self._session
        if session.dialog is None:
            self._end()
            return
        stack, dialog = session.stack, session.dialog
        is_final = status >= 200
        state = f"terminated;reason={reason}" if is_final else f"active;expires={SUBSCRIBED_S}"
        notify = session.request("NOTIFY", dialog)
        notify.headers.add("Contact", stack.contact(dialog.peer))
        notify.headers.add("Event", self._event)
        notify.headers.add("Subscription-State", state)
        notify.headers.add("Content-Type", SIPFRAG_TYPE)
        notify.body = sipfrag(status)
        self._in_flight = True
        if is_final:
            self._end()
        stack.transactions.request(notify, dialog.peer, user=self, now=now)

    def _end(self) -> None:
        self.is_over = True
        stack = self._session.stack
        stack.deadlines.set(self, None)
        if stack.referrals.get(self.leg) is self:
            del stack.referrals[self.leg]


def wants_no_notify(refer: Request) -> bool:
    """Whether the transferor renounces the subscription (RFC 4488 §4, RFC 7614 §4)."""
    required = ",".join(refer.headers.get_all("Require")).lower().replace(" ", "").split(",")
    wish = (refer.headers.get("Refer-Sub") or "").strip().lower()
    return wish.partition(";")[0].strip() == "false" or "nosub" in required
