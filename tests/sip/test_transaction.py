"""One transaction: what it sends, what it tells its user, when it is over."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.sip.message import Headers, Request, Response
from pbx.sip.responses import response_to
from pbx.sip.timers import Timers
from pbx.sip.transaction import Transaction
from pbx.sip.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Input,
    Machine,
    State,
)

PEER = Remote("udp", "10.0.0.2", 5060)
STREAM = Remote("tcp", "10.0.0.2", 5060, 1)


class Wire:
    """What was sent, by its first words."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.remotes: set[Remote] = set()

    def may_repeat(self, remote: Remote) -> bool:
        return True

    def send(self, octets: bytes, remote: Remote) -> None:
        self.sent.append(" ".join(octets.decode().split(" ")[:2]))
        self.remotes.add(remote)


class User:
    """What the core heard: statuses, "ack", "dead"."""

    def __init__(self) -> None:
        self.heard: list[int | str] = []

    def on_response(self, request: Request, response: Response, now: float) -> None:
        self.heard.append(response.status)

    def on_ack(self, ack: Request, now: float) -> None:
        self.heard.append("ack")

    def on_transport_error(self, now: float) -> None:
        self.heard.append("dead")


def request(method: str) -> Request:
    headers = Headers()
    for name, value in (
        ("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa"),
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:c@d>"),
        ("Call-ID", "x"),
        ("CSeq", f"1 {method}"),
    ):
        headers.add(name, value)
    return Request(method, "sip:c@d", headers)


def begin(machine: Machine, method: str, remote: Remote = PEER) -> tuple[Transaction, Wire, User]:
    wire, user = Wire(), User()
    transaction = Transaction(machine, request(method), wire=wire, timers=Timers())
    transaction.remote = remote
    transaction.user = user
    transaction.start(0.0)
    return transaction, wire, user


def rest(transaction: Transaction) -> tuple[State, float | None]:
    """What is left of a transaction: its state and its next timer."""
    return transaction.state, transaction.deadline


def respond(transaction: Transaction, status: int, now: float = 0.1) -> None:
    transaction.respond(response_to(transaction.request, status, to_tag="t"), now)


@pytest.mark.rfc("3261", "17.1.1.2")
@pytest.mark.rfc("3261", "17.1.1.3")
def test_a_refused_invite_acks_every_copy_of_the_refusal_and_tells_once() -> None:
    invite, wire, user = begin(INVITE_CLIENT, "INVITE")
    for now in (0.1, 0.6):
        respond(invite, 486, now)
    assert wire.sent == ["INVITE sip:c@d", "ACK sip:c@d", "ACK sip:c@d"]
    assert user.heard == [486]
    assert invite.is_final
    assert invite.deadline == pytest.approx(0.1 + 32)  # timer D
    invite.tick(invite.deadline or 0.0)
    assert rest(invite) == (State.TERMINATED, None)
    respond(invite, 486, 40.0)
    assert user.heard == [486]


@pytest.mark.rfc("3261", "17.1.1.2")
def test_a_provisional_response_ends_the_retransmissions() -> None:
    invite, wire, user = begin(INVITE_CLIENT, "INVITE")
    assert not invite.is_final
    respond(invite, 180)
    assert invite.deadline is None
    respond(invite, 183)
    assert (user.heard, wire.sent) == ([180, 183], ["INVITE sip:c@d"])


@pytest.mark.parametrize(("machine", "method"), [(INVITE_CLIENT, "INVITE"), (NON_INVITE_CLIENT, "BYE")])
def test_silence_is_a_408_of_our_own(machine: Machine, method: str) -> None:
    transaction, _, user = begin(machine, method)
    while transaction.deadline is not None:
        transaction.tick(transaction.deadline)
    assert user.heard == [408]
    assert transaction.state is State.TERMINATED


@pytest.mark.rfc("3261", "17.1.4")
@pytest.mark.parametrize(
    ("machine", "method", "heard"),
    [
        (INVITE_CLIENT, "INVITE", [503]),
        (NON_INVITE_CLIENT, "BYE", [503]),
        (INVITE_SERVER, "INVITE", ["dead"]),
        (NON_INVITE_SERVER, "BYE", []),  # has no user who waits
    ],
)
def test_a_dead_transport_is_told_by_side(machine: Machine, method: str, heard: list[int | str]) -> None:
    transaction, _, user = begin(machine, method)
    transaction.take(Input.TRANSPORT_ERROR, None, 1.0)
    assert user.heard == heard
    assert rest(transaction) == (State.TERMINATED, None)


@pytest.mark.rfc("3261", "17.2.1")
def test_an_invite_server_repeats_its_last_response() -> None:
    invite, wire, _ = begin(INVITE_SERVER, "INVITE")
    assert wire.sent == []
    respond(invite, 180)
    invite.take(Input.REQUEST, request("INVITE"), 0.2)
    respond(invite, 486, 0.3)
    invite.take(Input.REQUEST, request("INVITE"), 0.4)
    assert wire.sent == ["SIP/2.0 180", "SIP/2.0 180", "SIP/2.0 486", "SIP/2.0 486"]
    assert invite.last_sent.startswith(b"SIP/2.0 486")
    assert wire.remotes == {PEER}


@pytest.mark.rfc("3261", "17.2.1")
def test_the_ack_ends_the_repetition_of_a_refusal() -> None:
    invite, wire, user = begin(INVITE_SERVER, "INVITE")
    respond(invite, 486)
    invite.take(Input.ACK, request("ACK"), 0.2)
    assert rest(invite) == (State.CONFIRMED, 0.2 + 5)  # timer I absorbs copies of the ACK
    invite.tick(invite.deadline or 0.0)
    assert rest(invite) == (State.TERMINATED, None)
    assert (wire.sent, user.heard) == (["SIP/2.0 486"], [])


@pytest.mark.rfc("3261", "17.1.2.2")
def test_after_a_provisional_response_a_request_is_repeated_every_t2() -> None:
    options, _, _ = begin(NON_INVITE_CLIENT, "OPTIONS")
    respond(options, 183, 0.1)
    dues = []
    for _ in range(3):
        dues.append(options.deadline)
        options.tick(options.deadline or 0.0)
    assert dues == [0.5, 4.5, 8.5]


def test_on_a_stream_nothing_is_repeated_and_absorbing_takes_no_time() -> None:
    bye, wire, user = begin(NON_INVITE_CLIENT, "BYE", STREAM)
    assert bye.deadline == 32.0  # timer F only
    respond(bye, 200)
    assert rest(bye) == (State.TERMINATED, None)
    assert (wire.sent, user.heard) == (["BYE sip:c@d"], [200])


def test_an_early_tick_does_nothing() -> None:
    invite, wire, _ = begin(INVITE_CLIENT, "INVITE")
    invite.tick(0.49)
    assert len(wire.sent) == 1
    invite.tick(0.5)
    assert len(wire.sent) == 2


def test_without_a_user_events_end_here() -> None:
    transaction, _, _ = begin(NON_INVITE_CLIENT, "OPTIONS")
    transaction.user = None
    respond(transaction, 200)
    assert transaction.is_final


def test_answering_a_client_transaction_with_a_request_is_our_bug() -> None:
    transaction, _, _ = begin(INVITE_CLIENT, "INVITE")
    with pytest.raises(MisuseError):
        transaction.take(Input.REQUEST, request("INVITE"), 0.0)
