"""Reliable provisional responses of a UAS: RSeq, repetition until the PRACK (RFC 3262 §3)."""

from typing import Protocol

from pbx.core.ids import Ids, uint32
from pbx.sip.grammar import parse_number
from pbx.sip.message import Request, Response
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction

MAX_WAITING = 8  # provisional responses behind an unacknowledged one; a call has two or three
MAX_RSEQ = 2**32 - 1
FIRST_RSEQ = 2**31 - 1  # the first is at most this, so that it never wraps


class ProvisionalUser(Protocol):
    """Who sends reliable provisional responses."""

    def on_unacknowledged(self, now: float) -> None:
        """64*T1 have passed without a PRACK."""
        ...

    def describe(self, response: Response) -> None:
        """A response goes out now: its session description counts, or is taken out."""
        ...


class ReliableProvisionals:
    """The provisional responses of one INVITE: one unacknowledged at a time, the others wait."""

    __slots__ = (
        "_interval",
        "_is_superseded",
        "_octets",
        "_rseq",
        "_sdp",
        "_since",
        "_stack",
        "_transaction",
        "_user",
        "_waiting",
    )

    def __init__(self, stack: Stack, transaction: Transaction, user: ProvisionalUser) -> None:
        self._stack, self._transaction, self._user = stack, transaction, user
        self._rseq = _first(stack.ids) - 1
        self._octets: bytes | None = None
        self._sdp = False
        self._since = self._interval = 0.0
        self._waiting: list[Response] = []
        self._is_superseded = False

    @property
    def is_unacknowledged(self) -> bool:
        """Whether a PRACK is missing."""
        return self._octets is not None

    @property
    def holds_success(self) -> bool:
        """Whether a 2xx must wait: an unacknowledged response has a session description (§3)."""
        return self.is_unacknowledged and self._sdp

    def send(self, response: Response, now: float) -> None:
        """Send reliably, after those before."""
        if self._octets is not None:
            self._waiting = [*self._waiting, response][-MAX_WAITING:]
            return
        self._rseq += 1
        response.headers.add("Require", "100rel")
        response.headers.add("RSeq", str(self._rseq))
        self._user.describe(response)
        self._octets, self._sdp = bytes(response), bool(response.body)
        self._since, self._interval = now, self._stack.settings.timers.t1
        self._stack.transactions.respond(self._transaction, response, now)
        self._stack.deadlines.set(self, now + self._interval)

    def acknowledge(self, prack: Request, now: float) -> bool:
        """Whether the RAck names the unacknowledged response; the next one is sent (§3). ParseError 400."""
        rseq, number, method = parse_rack(prack.headers.get("RAck") or "")
        expected = (self._rseq, self._transaction.request.cseq.number, "INVITE")
        if self._octets is None or (rseq, number, method) != expected:
            return False
        self._octets = None
        self._stack.deadlines.set(self, None)
        if self._waiting and not self._transaction.is_final:
            self.send(self._waiting.pop(0), now)
        return True

    def supersede(self, now: float) -> None:
        """A final response is on its way: nothing is repeated, but a PRACK is awaited for 64*T1 (§3)."""
        self._waiting.clear()
        self._is_superseded = True
        due = now + self._stack.settings.timers.timeout
        self._stack.deadlines.set(self, due if self.is_unacknowledged else None)

    def drop_waiting(self) -> None:
        """A 2xx will follow the unacknowledged response at once."""
        self._waiting.clear()

    def tick(self, now: float) -> None:
        """Repeat with doubling interval, give up after 64*T1 (§3)."""
        timeout = self._stack.settings.timers.timeout
        if self._octets is None:
            return
        if self._is_superseded or now >= self._since + timeout:
            self._octets = None
            self._user.on_unacknowledged(now)
            return
        if self._stack.may_repeat(self._transaction.remote):
            self._stack.send(self._octets, self._transaction.remote)
        self._interval *= 2
        self._stack.deadlines.set(self, min(now + self._interval, self._since + timeout))


def parse_rack(text: str) -> tuple[int, int, str]:
    """Return (RSeq, CSeq number, method) of a RAck (§7.2); ParseError 400."""
    parts = text.split()
    if len(parts) != 3:
        parts = ["", "", ""]
    return parse_number(parts[0], MAX_RSEQ, "RAck"), parse_number(parts[1], MAX_RSEQ, "RAck"), parts[2]


def _first(ids: Ids) -> int:
    """A random first RSeq between 1 and 2**31 - 1 (§3)."""
    return uint32(ids) % FIRST_RSEQ + 1
