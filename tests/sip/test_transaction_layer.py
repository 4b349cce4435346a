"""How requests and responses find their transaction."""

import pytest

from pbx.core.address import Remote
from pbx.sip.message import Headers, Request, Response
from pbx.sip.responses import response_to
from pbx.sip.timers import Timers
from pbx.sip.transaction_layer import TransactionLayer, is_reached_by

PEER = Remote("udp", "10.0.0.2", 5060)


class Wire:
    """First words of what was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def may_repeat(self, remote: Remote) -> bool:
        return True

    def send(self, octets: bytes, remote: Remote) -> None:
        self.sent.append(" ".join(octets.decode().split(" ")[:2]))


class User:
    """Statuses that reached the core."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def on_response(self, request: Request, response: Response, now: float) -> None:
        self.statuses.append(response.status)

    def on_ack(self, ack: Request, now: float) -> None:
        self.statuses.append(0)

    def on_transport_error(self, now: float) -> None:
        self.statuses.append(-1)


def request(method: str, branch: str = "z9hG4bKa", host: str = "10.0.0.2") -> Request:
    headers = Headers()
    for name, value in (
        ("Via", f"SIP/2.0/UDP {host}:5060;branch={branch}"),
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:c@d>"),
        ("Call-ID", "x"),
        ("CSeq", f"1 {'INVITE' if method == 'ACK' else method}"),
    ):
        headers.add(name, value)
    return Request(method, "sip:c@d", headers)


def layer() -> tuple[TransactionLayer, Wire]:
    wire = Wire()
    return TransactionLayer(Timers(), wire), wire


@pytest.mark.rfc("3261", "17.2.3")
@pytest.mark.parametrize("branch", ["z9hG4bKa", "old-style"])
def test_a_retransmission_is_absorbed_and_answered_again(branch: str) -> None:
    transactions, wire = layer()
    transaction = transactions.accept(request("OPTIONS", branch), PEER)
    transactions.respond(transaction, response_to(transaction.request, 200), 0.0)
    assert transactions.absorb(request("OPTIONS", branch), 0.1)
    assert not transactions.absorb(request("INFO", branch), 0.1)
    assert not transactions.absorb(request("OPTIONS", branch, host="10.0.0.3"), 0.1)
    assert wire.sent == ["SIP/2.0 200", "SIP/2.0 200"]


@pytest.mark.rfc("3261", "17.2.3")
def test_cancel_and_ack_find_the_invite() -> None:
    transactions, _ = layer()
    invite = transactions.accept(request("INVITE"), PEER)
    assert transactions.invite_of(request("CANCEL")) is invite
    assert transactions.invite_of(request("CANCEL", "z9hG4bKb")) is None
    assert transactions.absorb(request("ACK"), 0.0)


@pytest.mark.rfc("3261", "18.1.2")
@pytest.mark.rfc("3261", "17.1.3")
def test_a_response_needs_branch_and_method() -> None:
    transactions, _ = layer()
    user = User()
    transactions.request(request("INVITE"), PEER, user=user, now=0.0)
    transactions.receive(response_to(request("CANCEL"), 200), 0.1)
    transactions.receive(response_to(request("INVITE", "z9hG4bKb"), 200), 0.1)
    assert user.statuses == []
    transactions.receive(response_to(request("INVITE"), 180), 0.1)
    assert user.statuses == [180]


def test_a_dead_remote_ends_its_transactions_only() -> None:
    transactions, _ = layer()
    hit, missed = User(), User()
    transactions.request(request("INVITE"), PEER, user=hit, now=0.0)
    other = Remote("udp", "10.0.0.9", 5060)
    transactions.request(request("INVITE", "z9hG4bKb"), other, user=missed, now=0.0)
    transactions.transport_failed(PEER, 1.0)
    assert (hit.statuses, missed.statuses, len(transactions)) == ([503], [], 1)


@pytest.mark.parametrize(("target", "failed", "is_hit"), [(0, 7, True), (7, 7, True), (6, 7, False)])
def test_connection_zero_uses_any_connection(target: int, failed: int, is_hit: bool) -> None:
    remotes = [Remote("tcp", "10.0.0.2", 5060, number) for number in (target, failed)]
    assert is_reached_by(*remotes) is is_hit
