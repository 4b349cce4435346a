"""TrunkRegistration: keeps our binding at a carrier's registrar (RFC 3261 §10.2, RFC 5626 §4.5)."""

from pbx.core.address import Remote
from pbx.sip.message import Request, Response
from pbx.sip.own_binding import OwnBinding
from pbx.sip.reason import one_line
from pbx.sip.responses import local_response
from pbx.sip.stack import Stack
from pbx.sip.trunk.effects import Carrier, RegistrationWish
from pbx.sip.trunk.events import TrunkChanged, TrunkState
from pbx.sip.trunk.failover import Failover
from pbx.sip.trunk.retry import wait_s
from pbx.sip.trunk.service_route import service_route

LONG_BINDING_S, EARLY_S = 1200, 600  # refreshed ten minutes early; shorter ones after half their time
MIN_REFRESH_S = 5.0
MAX_ANSWERS = 2  # to challenges of one REGISTER: the first, and one whose nonce has become stale


class TrunkRegistration:
    """One REGISTER after another: located, answered, refreshed, retried, and removed at the end."""

    __slots__ = (
        "_binding",
        "_carrier",
        "_failover",
        "_is_stopping",
        "_n_failures",
        "_stack",
        "_told",
        "_wish",
        "is_over",
        "routes",
    )

    def __init__(self, stack: Stack, carrier: Carrier, wish: RegistrationWish) -> None:
        """ParseError when the AoR is not a SIP URI."""
        self._stack, self._carrier, self._wish = stack, carrier, wish
        self._binding = OwnBinding(stack, wish.aor, wish.expires_s, max_answers=MAX_ANSWERS)
        self._n_failures = 0
        self._failover: Failover | None = None
        self._told: tuple[TrunkState, str] | None = None
        self._is_stopping = self.is_over = False
        self.routes: tuple[str, ...] = ()  # the registrar's Service-Route, while we are registered

    def tick(self, now: float) -> None:
        """Register anew, or refresh."""
        self._stack.deadlines.set(self, None)
        self._stack.locator.find(self._carrier.server, self, now)

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """Send the REGISTER to the first target."""
        if not targets:
            self._fail(local_response(self._binding.register(None, ""), 503), "no address", now)
            return
        self._failover = Failover(self._stack, targets[0], targets[1:])
        self._register(self._failover, now)

    def stop(self, now: float) -> None:
        """Remove the binding (§10.2.2); `is_over` once that is answered, or at once when there is none."""
        self._stack.deadlines.set(self, None)
        self._stack.locator.cancel(self)
        is_bound = self._told is not None and self._told[0] == "registered"
        if not is_bound or self._failover is None:
            self.is_over = True
            return
        self._is_stopping = True
        self._binding.expires_s = 0
        self._register(self._failover, now)

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """Take the registrar's answer to the latest REGISTER."""
        if response.status < 200 or self._failover is None or not self._binding.is_latest(request):
            return
        if response.status < 300:
            self._succeed(self._failover, response, now)
        elif not self._try_again(self._failover, request, response, now):
            self._fail(response, self._why(request, response), now)

    def on_ack(self, ack: Request, now: float) -> None:
        """No INVITE, no ACK."""

    def on_transport_error(self, now: float) -> None:
        """No server transaction here."""

    def _register(self, failover: Failover, now: float) -> None:
        self._send(self._binding.register(failover.remote, self._contact(failover.remote)), failover, now)

    def _send(self, request: Request, failover: Failover, now: float) -> None:
        self._stack.transactions.request(request, failover.remote, user=self, now=now)

    def _contact(self, remote: Remote) -> str:
        contact = self._stack.contact(remote, self._binding.user)
        return f"{contact[:-1]};line={self._wish.line}>" if self._wish.line else contact

    def _succeed(self, failover: Failover, response: Response, now: float) -> None:
        self._n_failures = 0
        if self._is_stopping:
            self.is_over = True
            self._tell("unregistered", "removed")
            return
        self.routes = service_route(response)  # RFC 3608 §6.1: the latest one counts, no one counts too
        self._tell("registered", "")
        granted_s = self._binding.granted_s(response, self._contact(failover.remote))
        early_s = granted_s / 2 if granted_s <= LONG_BINDING_S else granted_s - EARLY_S
        self._stack.deadlines.set(self, now + max(MIN_REFRESH_S, early_s))

    def _try_again(self, failover: Failover, request: Request, response: Response, now: float) -> bool:
        """Answer a challenge, ask for longer, or go to the next target; False when it has failed."""
        again: Request | None = None
        if response.status in (401, 407):
            again = self._binding.answer(request, response, self._carrier.account, failover.remote)
        elif response.status == 423:
            if self._binding.lengthen(response):
                again = self._binding.register(failover.remote, self._contact(failover.remote))
        elif failover.goes_on(response.status, now):
            again = failover.again(request, self._contact(failover.remote))
        if again is not None:
            self._send(again, failover, now)
        return again is not None

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
        self.routes = ()
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
