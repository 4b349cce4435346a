"""TrunkHealth: asks a carrier with OPTIONS whether it is there (RFC 3261 §11), with hysteresis."""

from pbx.core.address import Remote
from pbx.core.ids import hex_id
from pbx.sip.capabilities import ACCEPT
from pbx.sip.headers import NameAddr
from pbx.sip.message import Headers, Request, Response
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.trunk.effects import Carrier, HealthWish
from pbx.sip.trunk.events import TrunkChanged, TrunkState
from pbx.sip.trunk.failover import FAILED, Failover
from pbx.sip.trunk.retry import retry_after_s


class Hysteresis:
    """Up or down, None = nobody knows yet: a change needs so many equal findings in a row."""

    __slots__ = ("_down_after", "_last", "_streak", "_up_after", "is_up")

    def __init__(self, *, down_after: int, up_after: int) -> None:
        self._down_after, self._up_after = down_after, up_after
        self._streak = 0
        self._last: bool | None = None
        self.is_up: bool | None = None

    def changes(self, *, alive: bool) -> bool:
        """Take a finding; whether the state changed by it. The first sign of life is enough at the start."""
        if alive == self.is_up:
            self._last = None
            return False
        self._streak = self._streak + 1 if alive == self._last else 1
        self._last = alive
        needed = (1 if self.is_up is None else self._up_after) if alive else self._down_after
        if self._streak < needed:
            return False
        self._last, self.is_up = None, alive
        return True


class TrunkHealth:
    """One round after another: every target is asked until one answers, whatever it answers but 408, 503."""

    __slots__ = ("_carrier", "_failover", "_hysteresis", "_pending", "_stack", "_wish")

    def __init__(self, stack: Stack, carrier: Carrier, wish: HealthWish) -> None:
        self._stack, self._carrier, self._wish = stack, carrier, wish
        self._hysteresis = Hysteresis(down_after=wish.down_after, up_after=wish.up_after)
        self._failover: Failover | None = None
        self._pending: Transaction | None = None

    def tick(self, now: float) -> None:
        """Begin a round, or give up a target that is silent."""
        if self._pending is None:
            self._stack.locator.find(self._carrier.server, self, now)
            return
        self._stack.transactions.drop(self._pending)
        self._failed(408, "no answer", now)

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """Ask the first target."""
        if not targets:
            self._found(now, alive=False, reason="no address")
            return
        self._failover = Failover(self._stack, targets[0], targets[1:])
        self._ask(targets[0], now)

    def stop(self) -> None:
        """Ask no more; a trunk that nobody watches counts as up."""
        if self._hysteresis.is_up is False:
            self._tell("up", "not watched any more")
        self._stack.deadlines.set(self, None)
        self._stack.locator.cancel(self)
        if self._pending is not None:
            self._stack.transactions.drop(self._pending)
            self._pending = None

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """A final response but 408 and 503 is a sign of life, 401 and 404 too."""
        if response.status < 200 or self._pending is None or request is not self._pending.request:
            return
        if response.status in FAILED:
            reason = f"{response.status} {response.reason}"[:64]
            self._failed(response.status, reason, now, retry_after_s(response) or 0)
        elif self._failover is not None:
            self._failover.goes_on(response.status, now)
            self._found(now, alive=True, reason=f"{response.status} to OPTIONS")

    def on_ack(self, ack: Request, now: float) -> None:
        """No INVITE, no ACK."""

    def on_transport_error(self, now: float) -> None:
        """No server transaction here."""

    def _ask(self, remote: Remote, now: float) -> None:
        self._stack.deadlines.set(self, now + self._wish.timeout_s)
        self._pending = self._stack.transactions.request(self._options(remote), remote, user=self, now=now)

    def _failed(self, status: int, reason: str, now: float, later_s: int = 0) -> None:
        if self._failover is not None and self._failover.goes_on(status, now):
            self._ask(self._failover.remote, now)
        else:
            self._found(now, alive=False, reason=reason, later_s=later_s)

    def _found(self, now: float, *, alive: bool, reason: str, later_s: int = 0) -> None:
        """End the round; the next one begins after the interval, or when a 503 has asked for it."""
        self._pending = None
        self._stack.deadlines.set(self, now + max(self._wish.interval_s, later_s))
        if self._hysteresis.changes(alive=alive):
            self._tell("up" if alive else "down", reason)

    def _tell(self, state: TrunkState, reason: str) -> None:
        tenant, name = self._carrier.tenant, self._carrier.name
        self._stack.emit(TrunkChanged(tenant=tenant, trunk=name, state=state, reason=reason))

    def _options(self, remote: Remote) -> Request:
        server = self._carrier.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        uri = f"sip:{host}:{server.port}" if server.port else f"sip:{host}"
        us = f"sip:{self._stack.settings.public_address(remote)}"
        headers = Headers()
        headers.add("Via", self._stack.via(remote))
        headers.add("Max-Forwards", "70")
        headers.add("From", str(NameAddr("", us).with_param("tag", self._stack.tag())))
        headers.add("To", str(NameAddr("", uri)))
        headers.add("Call-ID", hex_id(self._stack.ids))
        headers.add("CSeq", "1 OPTIONS")
        headers.add("Contact", self._stack.contact(remote))
        headers.add("Accept", ACCEPT)
        headers.add("User-Agent", self._stack.settings.user_agent)
        return Request("OPTIONS", uri, headers)
