"""Calls to a carrier by name: looked up, called, called elsewhere, given up."""

import pytest

from pbx.core.address import Address, Remote
from pbx.sip.effects import HangUp
from pbx.sip.events import LegAnswered, LegEnded, LegRejected, PacketReceived, TransportFailed
from pbx.sip.locate.events import AddressRecord, DnsAnswered
from pbx.sip.locate.locator import LOCATE_S
from pbx.sip.locate.rules import ServerName
from pbx.sip.message import Message
from tests.sip.conftest import LEG, PBX, Network, open_settings, place

ONE, TWO = Address("192.0.2.1", 5070), Address("192.0.2.2", 5070)
NAME = ServerName(host="carrier.example", port=5070)


def called() -> Network:
    """The engine has an order for a carrier of two addresses, whose name it has just asked for."""
    network = Network(open_settings(PBX))
    network.order(PBX, place(server=NAME, no_reply_s=5.0))
    return network


def found(network: Network, *hosts: str) -> None:
    records = tuple(AddressRecord(host=host) for host in hosts)
    network.inject(PBX, DnsAnswered(name="carrier.example", type="A", records=records, ttl_s=60.0))


def invites(network: Network) -> list[tuple[str, str]]:
    """Address and branch of each INVITE, copies left out."""
    sent = {message.top_via.branch or "": host for host, message in wire(network, "INVITE")}
    return [(host, branch) for branch, host in sent.items()]


def wire(network: Network, method: str) -> list[tuple[str, Message]]:
    return [(host, message) for host, message in network.addressed if message.start_line.startswith(method)]


def respond(network: Network, status: int, *, source: Address = ONE, which: int = -1) -> None:
    invite = [message for _, message in wire(network, "INVITE")][which]
    copied = [
        f"{name}: {value}" for name, value in invite.headers if name in ("Via", "From", "Call-ID", "CSeq")
    ]
    contact = f"Contact: <sip:c@{source.host}:{source.port}>"
    lines = [
        f"SIP/2.0 {status} X",
        *copied,
        f"To: <sip:200@c>;tag=t{source.host}",
        contact,
        "Content-Length: 0",
    ]
    remote = Remote("udp", source.host, source.port)
    network.inject(PBX, PacketReceived(octets="\r\n".join([*lines, "\r\n"]).encode(), remote=remote))


@pytest.mark.requirement("SIP-19")
def test_the_name_is_asked_for_and_the_first_address_called() -> None:
    network = called()
    assert [(one.name, one.type) for one in network.questions] == [("carrier.example", "A")]
    assert not invites(network)
    found(network, ONE.host, TWO.host)
    assert [host for host, _ in invites(network)] == [ONE.host]


@pytest.mark.rfc("3263", "4.3")
def test_a_503_leads_to_the_next_address_with_a_new_branch() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    respond(network, 503)
    (_, first), (second_host, second) = invites(network)
    assert second_host == TWO.host and first != second
    one, two = (message for _, message in wire(network, "INVITE"))
    assert (one.call_id, one.from_.tag, str(one.cseq)) == (two.call_id, two.from_.tag, str(two.cseq))
    respond(network, 200, source=TWO)
    assert network.take(PBX, LegAnswered)


@pytest.mark.rfc("3263", "4.3")
def test_a_dead_transport_leads_to_the_next_address() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    network.inject(PBX, TransportFailed(remote=Remote("udp", ONE.host, ONE.port)))
    assert [host for host, _ in invites(network)] == [ONE.host, TWO.host]


@pytest.mark.requirement("SIP-23")
def test_a_silent_address_has_five_seconds() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    network.run(4.9)
    assert [host for host, _ in invites(network)] == [ONE.host]
    network.run(0.2)
    assert [host for host, _ in invites(network)] == [ONE.host, TWO.host]
    network.run(5.0)
    rejected = network.take(PBX, LegRejected)
    assert rejected.status == 408


def test_trying_stops_the_clock() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    respond(network, 100)
    network.run(20.0)
    assert [host for host, _ in invites(network)] == [ONE.host]


@pytest.mark.rfc("3261", "9.1")
def test_what_comes_late_of_a_silent_address_is_undone() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    network.run(5.1)
    respond(network, 180, which=0)
    assert [host for host, _ in wire(network, "CANCEL")] == [ONE.host]
    respond(network, 200, which=0)
    assert [host for host, _ in wire(network, "ACK")] == [ONE.host]
    assert [host for host, _ in wire(network, "BYE")] == [ONE.host]
    respond(network, 180, source=TWO)
    respond(network, 200, source=TWO)
    assert [host for host, _ in wire(network, "ACK")] == [ONE.host, TWO.host]


def test_another_answer_is_not_failed_over() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    respond(network, 486)
    assert network.take(PBX, LegRejected).status == 486
    assert [host for host, _ in invites(network)] == [ONE.host]


def test_a_name_without_addresses_fails_the_call() -> None:
    network = called()
    found(network)
    assert network.take(PBX, LegRejected).status == 503


@pytest.mark.requirement("SIP-19")
def test_silent_dns_fails_the_call_in_time() -> None:
    network = called()
    network.run(LOCATE_S)
    assert network.take(PBX, LegRejected).status == 503


def test_a_caller_who_hangs_up_during_the_look_up() -> None:
    network = called()
    network.order(PBX, HangUp(leg=LEG))
    assert network.take(PBX, LegEnded).how == "cancel"
    found(network, ONE.host)
    assert not invites(network) and not network.events[PBX]


def test_a_caller_who_hangs_up_on_a_silent_address() -> None:
    network = called()
    found(network, ONE.host, TWO.host)
    network.order(PBX, HangUp(leg=LEG))
    assert network.take(PBX, LegEnded).how == "cancel"
    network.run(5.1)
    assert [host for host, _ in invites(network)] == [ONE.host]
    assert network.endpoints[PBX].n_legs == 0
