"""One transaction of RFC 3261 §17: runs a machine of `transaction_tables` for one request."""

from typing import Protocol

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.sip.message import Message, Request, Response
from pbx.sip.responses import ack_of_failure, local_response
from pbx.sip.timers import Timer, Timers
from pbx.sip.transaction_tables import TIMER_INPUTS, Action, Input, Machine, State, Step, response_input

TransactionKey = tuple[str, ...]


class TransactionUser(Protocol):
    """The core above a transaction: an INVITE session, a registration, ..."""

    def on_response(self, request: Request, response: Response, now: float) -> None:
        """A response to `request` arrived; 408 and 503 are also made here when nothing comes."""
        ...

    def on_ack(self, ack: Request, now: float) -> None:
        """An ACK reached the server transaction of a 2xx."""
        ...

    def on_transport_error(self, now: float) -> None:
        """The server transaction can no longer reach its peer."""
        ...


class Wire(Protocol):
    """Where a transaction sends."""

    def send(self, octets: bytes, remote: Remote) -> None:
        """Send one message."""
        ...

    def may_repeat(self, remote: Remote) -> bool:
        """Whether a response that nobody acknowledged may be sent once more."""
        ...


class Transaction:
    """State, timers and last message of one transaction; the layer above finds it by its key."""

    __slots__ = (
        "_due",
        "_intervals",
        "_last",
        "_machine",
        "_timers",
        "_wire",
        "fallback",
        "key",
        "merge_key",
        "remote",
        "request",
        "state",
        "user",
    )

    def __init__(self, machine: Machine, request: Request, *, wire: Wire, timers: Timers) -> None:
        self._machine = machine
        self._wire = wire
        self._timers = timers
        self._due: dict[Timer, float] = {}
        self._intervals: dict[Timer, float] = {}
        self._last: bytes | None = None
        self.key: TransactionKey = ()
        self.merge_key: TransactionKey = ()
        self.state = machine.first
        self.request = request
        self.remote = Remote("udp", "", 0)
        self.fallback: Remote | None = None  # where a request that changed its transport would have gone
        self.user: TransactionUser | None = None

    @property
    def deadline(self) -> float | None:
        """The next timer, monotonic seconds."""
        return min(self._due.values()) if self._due else None

    @property
    def last_sent(self) -> bytes:
        """The octets that a retransmission repeats."""
        return self._last or b""

    @property
    def is_final(self) -> bool:
        """Whether a final response was sent or received."""
        return self.state not in (State.CALLING, State.TRYING, State.PROCEEDING)

    def start(self, now: float, octets: bytes | None = None) -> None:
        """Begin: a client transaction sends its request (`octets` if they are known), starts its timers."""
        if self._machine.start:
            self._last = bytes(self.request) if octets is None else octets
            self._wire.send(self._last, self.remote)
        for step in self._machine.start:
            self._perform(step, None, now)

    def restart(self, remote: Remote, now: float) -> None:
        """Begin anew by another transport, with the timers of that; nothing was heard yet."""
        self._due, self._intervals = {}, {}
        self.state, self.remote, self.fallback = self._machine.first, remote, None
        self.start(now)

    def take(self, event: Input, message: Message | None, now: float) -> None:
        """Feed one input with its message, if it has one; MisuseError for an undefined cell."""
        if self.state is State.TERMINATED:
            return
        row = self._machine.rows.get((self.state, event))
        if row is None:
            if (self.state, event) not in self._machine.ignored:
                raise MisuseError(f"{self._machine.name}: {event} in state {self.state}")
            return
        next_state, steps = row
        if next_state is not self.state:
            self.state = next_state
            running = self._machine.running.get(next_state, ())
            self._due = {timer: due for timer, due in self._due.items() if timer in running}
        for step in steps:
            self._perform(step, message, now)

    def respond(self, response: Response, now: float) -> None:
        """Send a response of the server transaction's user."""
        self.take(response_input(response.status), response, now)

    def tick(self, now: float) -> None:
        """Run the timers that are due."""
        for timer in [timer for timer, due in self._due.items() if due <= now]:
            if self._due.pop(timer, None) is not None:
                self.take(TIMER_INPUTS[timer], None, now)

    def _perform(self, step: Step, message: Message | None, now: float) -> None:
        if not isinstance(step, Action):
            self._set_timer(step, now)
        elif step is Action.SEND:
            self._last = bytes(message) if message is not None else self._last
            self._resend()
        elif step is Action.RESEND or (step is Action.REPEAT and self._wire.may_repeat(self.remote)):
            self._resend()
        elif step is Action.REPEAT:
            return
        elif step is Action.ACK and isinstance(message, Response):
            self._wire.send(bytes(ack_of_failure(self.request, message)), self.remote)
        else:
            self._tell_user(step, message, now)

    def _tell_user(self, step: Action, message: Message | None, now: float) -> None:
        if self.user is None:
            return
        if step is Action.DELIVER and isinstance(message, Request):
            self.user.on_ack(message, now)
        elif step is Action.DELIVER and isinstance(message, Response):
            self.user.on_response(self.request, message, now)
        elif step is Action.TIMEOUT:
            self.user.on_response(self.request, local_response(self.request, 408), now)
        elif self._machine.start:
            self.user.on_response(self.request, local_response(self.request, 503), now)
        else:
            self.user.on_transport_error(now)

    def _resend(self) -> None:
        if self._last is not None:
            self._wire.send(self._last, self.remote)

    def _set_timer(self, timer: Timer, now: float) -> None:
        interval = self._intervals.get(timer)
        if interval is None:
            first = self._timers.first(timer, reliable=self.remote.is_stream)
            if first is None:
                return
            interval = first
        elif self.state is State.PROCEEDING:
            interval = self._timers.t2  # RFC 3261 §17.1.2.2: timer E after a provisional response
        else:
            interval = self._timers.next(timer, interval)
        if interval == 0:
            self.take(TIMER_INPUTS[timer], None, now)
            return
        self._intervals[timer] = interval
        self._due[timer] = now + interval
