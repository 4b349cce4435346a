"""TrunkRegistration: keeps our binding at a carrier's registrar (RFC 3261 §10.2, RFC 5626 §4.5)."""

from pbx.core.address import Remote
from pbx.core.ids import hex_id
from pbx.sip.digest import is_stale
from pbx.sip.headers import NameAddr
from pbx.sip.message import Headers, Request, Response
from pbx.sip.reason import one_line
from pbx.sip.responses import local_response
from pbx.sip.stack import Stack, retry_request
from pbx.sip.trunk.effects import Carrier, RegistrationWish
from pbx.sip.trunk.events import TrunkChanged, TrunkState
from pbx.sip.trunk.failover import Failover
from pbx.sip.trunk.retry import wait_s
from pbx.sip.uri import parse_uri

LONG_BINDING_S, EARLY_S = 1200, 600  # refreshed ten minutes early; shorter ones after half their time
MIN_REFRESH_S = 5.0
MAX_ANSWERS = 2  # to challenges of one REGISTER: the first, and one whose nonce has become stale


class TrunkRegistration:
    """One REGISTER after another: located, answered, refreshed, retried, and removed at the end."""

    __slots__ = (
        "_call_id",
        "_carrier",
        "_cseq",
        "_expires_s",
        "_failover",
        "_is_stopping",
        "_local",
        "_n_answers",
        "_n_failures",
        "_stack",
        "_told",
        "_user",
        "_wish",
        "is_over",
    )

    def __init__(self, stack: Stack, carrier: Carrier, wish: RegistrationWish) -> None:
        """ParseError when the AoR is not a SIP URI."""
        self._stack, self._carrier, self._wish = stack, carrier, wish
        self._user = parse_uri(wish.aor).user
        self._local = str(NameAddr("", wish.aor).with_param("tag", stack.tag()))
        self._call_id = hex_id(stack.ids)
        self._cseq = self._n_answers = self._n_failures = 0
        self._expires_s = wish.expires_s
        self._failover: Failover | None = None
        self._told: tuple[TrunkState, str] | None = None
        self._is_stopping = self.is_over = False

    def tick(self, now: float) -> None:
        """Register anew, or refresh."""
        self._stack.deadlines.set(self, None)
        self._stack.locator.find(self._carrier.server, self, now)

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """Send the REGISTER to the first target."""
        if not targets:
            self._fail(local_response(self._register(""), 503), "no address", now)
            return
        self._n_answers = 0
        self._failover = Failover(self._stack, targets[0], targets[1:])
        self._send(self._register(self._contact(targets[0])), now)

    def stop(self, now: float) -> None:
        """Remove the binding (§10.2.2); `is_over` once that is answered, or at once when there is none."""
        self._stack.deadlines.set(self, None)
        self._stack.locator.cancel(self)
        is_bound = self._told is not None and self._told[0] == "registered"
        if not is_bound or self._failover is None:
            self.is_over = True
            return
        self._is_stopping = True
        self._expires_s = self._n_answers = 0
        self._send(self._register(self._contact(self._failover.remote)), now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take the registrar's answer to the latest REGISTER."""
        if response.status < 200 or request.cseq.number != self._cseq or self._failover is None:
            return
        if response.status < 300:
            self._succeed(response, now)
        elif not self._try_again(self._failover, request, response, now):
            self._fail(response, self._why(request, response), now)

    def on_ack(self, ack: Request, now: float) -> None:
        """No INVITE, no ACK."""

    def on_transport_error(self, now: float) -> None:
        """No server transaction here."""

    def _send(self, request: Request, now: float) -> None:
        if self._failover is not None:
            self._stack.transactions.request(request, self._failover.remote, user=self, now=now)

    def _contact(self, remote: Remote) -> str:
        contact = self._stack.contact(remote, self._user)
        return f"{contact[:-1]};line={self._wish.line}>" if self._wish.line else contact

    def _register(self, contact: str) -> Request:
        self._cseq += 1
        headers = Headers()
        if self._failover is not None:
            headers.add("Via", self._stack.via(self._failover.remote))
        headers.add("Max-Forwards", "70")
        headers.add("From", self._local)
        headers.add("To", str(NameAddr("", self._wish.aor)))
        headers.add("Call-ID", self._call_id)
        headers.add("CSeq", f"{self._cseq} REGISTER")
        headers.add("Contact", contact)
        headers.add("Expires", str(self._expires_s))
        headers.add("User-Agent", self._stack.settings.user_agent)
        return Request("REGISTER", f"sip:{self._wish.aor.rpartition('@')[2]}", headers)

    def _succeed(self, response: Response, now: float) -> None:
        self._n_failures = 0
        if self._is_stopping:
            self.is_over = True
            self._tell("unregistered", "removed")
            return
        self._tell("registered", "")
        granted_s = self._granted_s(response)
        early_s = granted_s / 2 if granted_s <= LONG_BINDING_S else granted_s - EARLY_S
        self._stack.deadlines.set(self, now + max(MIN_REFRESH_S, early_s))

    def _granted_s(self, response: Response) -> int:
        ours = self._contact(self._failover.remote).strip("<>") if self._failover is not None else ""
        for contact in response.contacts:
            text = contact.param("expires") or ""
            if contact.uri == ours and text.isascii() and text.isdigit() and len(text) <= 10:
                return min(int(text), self._expires_s)
        return self._expires_s if response.expires is None else min(response.expires, self._expires_s)

    def _try_again(self, failover: Failover, request: Request, response: Response, now: float) -> bool:
        """Answer a challenge, ask for longer, or go to the next target; False when it has failed."""
        if response.status in (401, 407):
            return self._answer(request, response, now)
        if response.status == 423:
            return self._lengthen(response, now)
        if not failover.goes_on(response.status, now):
            return False
        self._send(failover.again(request, self._contact(failover.remote)), now)
        return True

    def _answer(self, request: Request, response: Response, now: float) -> bool:
        name = "Authorization" if response.status == 401 else "Proxy-Authorization"
        account = self._carrier.account
        if account is None or self._n_answers >= MAX_ANSWERS or self._failover is None:
            return False
        if name in request.headers and not is_stale(response, account.realm):
            return False
        answer = self._stack.authorize(request, response, account)
        if answer is None:
            return False
        self._n_answers += 1
        self._cseq += 1
        via = self._stack.via(self._failover.remote)
        self._send(retry_request(request, via=via, number=self._cseq, answer=(name, answer)), now)
        return True

    def _lengthen(self, response: Response, now: float) -> bool:
        """Ask again with the registrar's Min-Expires (§10.2.8), if that is longer than what we asked."""
        text = response.headers.get("Min-Expires") or ""
        is_number = text.isascii() and text.isdigit() and len(text) <= 6
        if not is_number or not int(text) > self._expires_s > 0 or self._failover is None:
            return False
        self._expires_s = int(text)
        self._send(self._register(self._contact(self._failover.remote)), now)
        return True

    def _why(self, request: Request, response: Response) -> str:
        reason = f"{response.status} {one_line(response.reason)[:64]}"
        if response.status not in (401, 407):
            return reason
        has_answered = "Authorization" in request.headers or "Proxy-Authorization" in request.headers
        return f"{reason}, {'wrong user or password' if has_answered else 'no account for its realm'}"

    def _fail(self, response: Response, reason: str, now: float) -> None:
        self._n_failures += 1
        if self._is_stopping:
            self.is_over = True
            return
        delay_s = wait_s(response, self._n_failures, self._stack.ids)
        self._stack.deadlines.set(self, now + delay_s)
        self._tell("unregistered", reason, int(delay_s))

    def _tell(self, state: TrunkState, reason: str, retry_s: int = 0) -> None:
        """Report a change; the same failure again is none."""
        if self._told == (state, reason):
            return
        self._told = (state, reason)
        tenant, name = self._carrier.tenant, self._carrier.name
        changed = TrunkChanged(tenant=tenant, trunk=name, state=state, reason=reason, retry_s=retry_s)
        self._stack.emit(changed)
