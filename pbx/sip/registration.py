"""Registration: keeps one binding of ours at a foreign registrar (RFC 3261 §10.2)."""

from pbx.sip.effects import Register
from pbx.sip.events import RegistrationChanged
from pbx.sip.message import Request, Response
from pbx.sip.own_binding import OwnBinding
from pbx.sip.stack import Stack

RETRY_S = 30.0  # after a timeout, a dead transport or a server failure; RFC 5626 §4.5 begins with 30 s
MIN_REFRESH_S = 5.0
MAX_ANSWERS = 2  # to challenges of one REGISTER: the registrar's and a proxy's, or one gone stale


class Registration:
    """REGISTER, its answer to a challenge, its refresh at half the granted expiry."""

    __slots__ = ("_binding", "_order", "_stack")

    def __init__(self, stack: Stack, order: Register) -> None:
        """ParseError when the AoR is not a SIP URI."""
        self._stack, self._order = stack, order
        self._binding = OwnBinding(stack, order.aor, order.expires_s, max_answers=MAX_ANSWERS)

    def renew(self, order: Register, now: float) -> None:
        """Send a REGISTER for the order; expiry 0 removes the binding."""
        self._order = order
        self._binding.expires_s = order.expires_s
        self.tick(now)

    def tick(self, now: float) -> None:
        """Send a REGISTER."""
        self._stack.deadlines.set(self, None)
        self._send(self._binding.register(self._order.remote, self._contact()), now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take the registrar's answer to the latest REGISTER."""
        if response.status < 200 or not self._binding.is_latest(request):
            return
        if response.status < 300:
            self._succeed(response, now)
        elif not self._try_again(request, response, now):
            self._stack.emit(RegistrationChanged(aor=self._order.aor, n_contacts=0, status=response.status))
            if response.status == 408 or response.status >= 500:
                self._stack.deadlines.set(self, now + RETRY_S)

    def on_ack(self, ack: Request, now: float) -> None:
        """No INVITE, no ACK."""

    def on_transport_error(self, now: float) -> None:
        """No server transaction here."""

    def _send(self, request: Request, now: float) -> None:
        self._stack.transactions.request(request, self._order.remote, user=self, now=now)

    def _contact(self) -> str:
        return self._stack.contact(self._order.remote, self._binding.user or "pbx")

    def _succeed(self, response: Response, now: float) -> None:
        n_contacts = len(response.contacts)
        self._stack.emit(RegistrationChanged(aor=self._order.aor, n_contacts=n_contacts))
        if self._binding.expires_s > 0:
            granted_s = self._binding.granted_s(response, self._contact())
            self._stack.deadlines.set(self, now + max(MIN_REFRESH_S, granted_s / 2))

    def _try_again(self, request: Request, response: Response, now: float) -> bool:
        if response.status == 423 and self._binding.lengthen(response):
            self.tick(now)
            return True
        if response.status not in (401, 407):
            return False
        order = self._order
        again = self._binding.answer(request, response, order.credentials, order.remote)
        if again is not None:
            self._send(again, now)
        return again is not None
