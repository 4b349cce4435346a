"""Registration: keeps one binding of ours at a foreign registrar (RFC 3261 §10.2)."""

from pbx.core.ids import hex_id
from pbx.sip.effects import Register
from pbx.sip.events import RegistrationChanged
from pbx.sip.headers import NameAddr
from pbx.sip.message import Headers, Request, Response
from pbx.sip.stack import Stack, retry_request
from pbx.sip.uri import parse_uri

RETRY_S = 30.0  # after a timeout, a dead transport or a server failure; RFC 5626 §4.5 begins with 30 s
MIN_REFRESH_S = 5.0


class Registration:
    """REGISTER, its answer to a challenge, its refresh at half the granted expiry."""

    __slots__ = ("_call_id", "_cseq", "_expires_s", "_local", "_order", "_stack", "_user", "_registrar")

    def __init__(self, stack: Stack, order: Register) -> None:
        """ParseError when the AoR is not a SIP URI."""
        uri = parse_uri(order.aor)
        self._stack = stack
        self._order = order
        self._user = uri.user or "pbx"
        self._registrar = f"{uri.scheme}:{order.aor.rpartition('@')[2]}"
        self._local = str(NameAddr("", order.aor).with_param("tag", stack.tag()))
        self._call_id = hex_id(stack.ids)
        self._cseq = 0
        self._expires_s = order.expires_s

    def renew(self, order: Register, now: float) -> None:
        """Send a REGISTER for the order; expiry 0 removes the binding."""
        self._order = order
        self._expires_s = order.expires_s
        self.tick(now)

    def tick(self, now: float) -> None:
        """Send a REGISTER."""
        self._stack.deadlines.set(self, None)
        remote = self._order.remote
        self._cseq += 1
        headers = Headers()
        headers.add("Via", self._stack.via(remote))
        headers.add("Max-Forwards", "70")
        headers.add("From", self._local)
        headers.add("To", str(NameAddr("", self._order.aor)))
        headers.add("Call-ID", self._call_id)
        headers.add("CSeq", f"{self._cseq} REGISTER")
        headers.add("Contact", self._stack.contact(remote, self._user))
        headers.add("Expires", str(self._expires_s))
        headers.add("User-Agent", self._stack.settings.user_agent)
        self._send(Request("REGISTER", self._registrar, headers), now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take the registrar's answer to the latest REGISTER."""
        if response.status < 200 or request.cseq.number != self._cseq:
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

    def _succeed(self, response: Response, now: float) -> None:
        n_contacts = len(response.contacts)
        self._stack.emit(RegistrationChanged(aor=self._order.aor, n_contacts=n_contacts))
        if self._expires_s > 0:
            self._stack.deadlines.set(self, now + max(MIN_REFRESH_S, self._granted_s(response) / 2))

    def _granted_s(self, response: Response) -> int:
        ours = self._stack.contact(self._order.remote, self._user).strip("<>")
        for contact in response.contacts:
            text = contact.param("expires") or ""
            if contact.uri == ours and text.isascii() and text.isdigit() and len(text) <= 10:
                return min(int(text), self._expires_s)
        return self._expires_s if response.expires is None else min(response.expires, self._expires_s)

    def _try_again(self, request: Request, response: Response, now: float) -> bool:
        if response.status == 423:
            return self._lengthen(response, now)
        name = "Authorization" if response.status == 401 else "Proxy-Authorization"
        if response.status not in (401, 407) or name in request.headers:
            return False
        answer = self._stack.authorize(request, response, self._order.credentials)
        if answer is None:
            return False
        self._cseq += 1
        via = self._stack.via(self._order.remote)
        self._send(retry_request(request, via=via, number=self._cseq, answer=(name, answer)), now)
        return True

    def _lengthen(self, response: Response, now: float) -> bool:
        """Ask again with the registrar's Min-Expires (§10.2.8), if that is longer than what we asked."""
        text = response.headers.get("Min-Expires") or ""
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > self._expires_s > 0):
            return False
        self._expires_s = int(text)
        self.tick(now)
        return True
