"""The transactions of one endpoint by key: matching of RFC 3261 §17.1.3, §17.2.3 and §8.2.2.2."""

from pbx.core.address import Remote
from pbx.core.deadlines import DeadlineHeap
from pbx.sip.headers import MAGIC_COOKIE
from pbx.sip.listeners import Listeners
from pbx.sip.message import Request, Response
from pbx.sip.size_switch import SizeSwitch
from pbx.sip.timers import Timers
from pbx.sip.transaction import Transaction, TransactionKey, TransactionUser, Wire
from pbx.sip.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Input,
    State,
    response_input,
)


def server_key(request: Request, method: str) -> TransactionKey:
    """Return what identifies the server transaction of `request` (§17.2.3, old peers by its fall-back)."""
    via = request.top_via
    branch = via.branch or ""
    if (
        branch.startswith(MAGIC_COOKIE) and branch != MAGIC_COOKIE
    ):  # RFC 4475 §3.2.1: the cookie alone is none
        return (branch, via.host, str(via.port), method)
    return (str(via), request.call_id, request.from_.tag or "", str(request.cseq.number), method)


def merge_key(request: Request) -> TransactionKey:
    """Return what two copies of one request that took different ways have in common (§8.2.2.2)."""
    return (request.call_id, request.from_.tag or "", str(request.cseq))


def is_reached_by(target: Remote, failed: Remote) -> bool:
    """Whether `failed` carried what is sent to `target`; connection 0 uses any connection to the address."""
    if (target.transport, target.host, target.port) != (failed.transport, failed.host, failed.port):
        return False
    return target.connection in (0, failed.connection)


class TransactionLayer:
    """Creates, finds, times and forgets transactions."""

    __slots__ = ("_clients", "_deadlines", "_merged", "_servers", "_switch", "_timers", "_wire")

    def __init__(self, timers: Timers, wire: Wire, switch: SizeSwitch | None = None) -> None:
        """Without a `switch` no request changes its transport."""
        self._switch = switch or SizeSwitch(Listeners())
        self._timers = timers
        self._wire = wire
        self._clients: dict[TransactionKey, Transaction] = {}
        self._servers: dict[TransactionKey, Transaction] = {}
        self._merged: dict[TransactionKey, Transaction] = {}
        self._deadlines: DeadlineHeap[Transaction] = DeadlineHeap()

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    @property
    def deadline(self) -> float | None:
        """The next timer of any transaction."""
        return self._deadlines.deadline

    def request(
        self, request: Request, remote: Remote, *, user: TransactionUser | None, now: float
    ) -> Transaction:
        """Send `request` in a new client transaction.

        A large one moves from UDP to TCP, its Via with it; a CANCEL goes where its INVITE went (§9.1).
        """
        machine = INVITE_CLIENT if request.method == "INVITE" else NON_INVITE_CLIENT
        transaction = Transaction(machine, request, wire=self._wire, timers=self._timers)
        transaction.key = (request.top_via.branch or "", request.method)
        invite = self._clients.get((transaction.key[0], "INVITE")) if request.method == "CANCEL" else None
        octets = bytes(request)
        if invite is not None:
            transaction.remote = invite.remote
        else:
            transaction.remote = self._switch.carrier(len(octets), remote, now)
            if transaction.remote is not remote:
                via = self._switch.via(request.top_via, transaction.remote)
                request.headers.set("Via", str(via))
                octets, transaction.fallback = bytes(request), remote
        transaction.user = user
        self._clients[transaction.key] = transaction
        transaction.start(now, octets)
        self._settle(transaction)
        return transaction

    def accept(self, request: Request, remote: Remote) -> Transaction:
        """Begin a server transaction for a new request; its responses go to where it came from."""
        machine = INVITE_SERVER if request.method == "INVITE" else NON_INVITE_SERVER
        transaction = Transaction(machine, request, wire=self._wire, timers=self._timers)
        transaction.key = server_key(request, request.method)
        transaction.merge_key = merge_key(request)
        transaction.remote = remote
        self._servers[transaction.key] = transaction
        self._merged.setdefault(transaction.merge_key, transaction)
        return transaction

    def respond(self, transaction: Transaction, response: Response, now: float) -> None:
        """Send a response in a server transaction."""
        transaction.respond(response, now)
        self._settle(transaction)

    def absorb(self, request: Request, now: float) -> bool:
        """Whether the request was a retransmission or an ACK that a transaction took."""
        method = "INVITE" if request.method == "ACK" else request.method
        transaction = self._servers.get(server_key(request, method))
        if transaction is None:
            return False
        transaction.take(Input.ACK if request.method == "ACK" else Input.REQUEST, request, now)
        self._settle(transaction)
        return True

    def invite_of(self, cancel: Request) -> Transaction | None:
        """Return the INVITE server transaction that a CANCEL means (§9.2)."""
        return self._servers.get(server_key(cancel, "INVITE"))

    def is_merged(self, request: Request) -> bool:
        """Whether another copy of this request is being served (§8.2.2.2)."""
        return merge_key(request) in self._merged

    def receive(self, response: Response, now: float) -> None:
        """Give a response to its client transaction; strays (§18.1.2) and others' (§8.1.3.3) are dropped."""
        if len(response.vias) > 1:
            return
        key = (response.top_via.branch or "", response.cseq.method)
        transaction = self._clients.get(key)
        if transaction is not None:
            transaction.take(response_input(response.status), response, now)
            self._settle(transaction)

    def abandon(self, request: Request) -> None:
        """Destroy the client transaction of an INVITE whose dialog is over.

        A provisional response has stopped its timers, and a peer that is out of the dialog repeats no final.
        """
        transaction = self._clients.get((request.top_via.branch or "", request.method))
        if transaction is not None and transaction.state in (State.CALLING, State.PROCEEDING):
            self.drop(transaction)

    def drop(self, transaction: Transaction) -> None:
        """Destroy a transaction (§9.1: a cancelled INVITE without a final response)."""
        transaction.state = State.TERMINATED
        self._settle(transaction)

    def transport_failed(self, remote: Remote, now: float) -> None:
        """End what depends on a dead remote (§17.1.4)."""
        hit = [
            transaction
            for group in (self._clients, self._servers)
            for transaction in group.values()
            if is_reached_by(transaction.remote, remote)
        ]
        for transaction in hit:
            if not self._fell_back(transaction, now):
                transaction.take(Input.TRANSPORT_ERROR, None, now)
            self._settle(transaction)

    def tick(self, now: float) -> None:
        """Run every timer that is due."""
        for transaction in self._deadlines.pop_due(now):
            transaction.tick(now)
            self._settle(transaction)

    def _fell_back(self, transaction: Transaction, now: float) -> bool:
        """Whether a request that found no TCP at its peer was sent again by UDP (§18.1.1)."""
        remote = transaction.fallback
        if remote is None or transaction.state not in (State.CALLING, State.TRYING):
            return False
        self._switch.refused(remote, now)
        via = self._switch.via(transaction.request.top_via, remote)
        transaction.request.headers.set("Via", str(via))
        transaction.restart(remote, now)
        return True

    def _settle(self, transaction: Transaction) -> None:
        if transaction.state is not State.TERMINATED:
            self._deadlines.set(transaction, transaction.deadline)
            return
        self._deadlines.set(transaction, None)
        for group in (self._clients, self._servers):
            if group.get(transaction.key) is transaction:
                del group[transaction.key]
        if self._merged.get(transaction.merge_key) is transaction:
            del self._merged[transaction.merge_key]
