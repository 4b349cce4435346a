"""A peer that says inside the dialog who it is now."""

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import HangUp
from pbx.sip.events import PacketReceived, PeerIdentified
from tests.sip.conftest import PBX, PHONE, Network
from tests.sip.transfer.conftest import answered, status


def change(network: Network, method: str = "UPDATE", uri: str = "sip:2002@10.0.0.2", *more: str) -> None:
    """The phone sends a request with another From, by hand."""
    invite, ok = network.sent(PHONE, "INVITE")[0], network.sent(PBX, "200")[0]
    lines = [
        f"{method} sip:pbx@10.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKchange{method}",
        f'From: "Carol" <{uri}>;tag={invite.from_.tag}',
        f"To: {ok.headers.get('To')}",
        f"Call-ID: {invite.call_id}",
        f"CSeq: 7 {method}",
        "Contact: <sip:phone@10.0.0.2>",
        *more,
        "Content-Length: 0",
    ]
    octets = ("\r\n".join(lines) + "\r\n\r\n").encode()
    network.inject(PBX, PacketReceived(octets=octets, remote=Remote("udp", PHONE.host, PHONE.port)))


def told(network: Network) -> list[PeerIdentified]:
    return [event for event in network.events[PBX] if isinstance(event, PeerIdentified)]


@pytest.mark.rfc("4916", "4.4")
@pytest.mark.rfc("4916", "4.6")
@pytest.mark.requirement("SIP-27")
def test_a_changed_from_is_told_and_is_the_to_of_what_follows() -> None:
    network, leg = answered()
    change(network)
    assert told(network) == [PeerIdentified(leg=leg, from_user="2002", asserted_user="")]
    assert network.sent(PBX, "200")[-1].cseq.method == "UPDATE"
    network.order(PBX, HangUp(leg=leg))
    (bye,) = network.sent(PBX, "BYE")
    invite = network.sent(PHONE, "INVITE")[0]
    assert bye.headers.get("To") == f'"Carol" <sip:2002@10.0.0.2>;tag={invite.from_.tag}'


@pytest.mark.rfc("3325", "9.1")
@pytest.mark.requirement("SIP-27")
def test_an_asserted_identity_is_told_with_an_unchanged_from() -> None:
    network, leg = answered()
    uri = network.sent(PHONE, "INVITE")[0].from_.uri
    change(network, "UPDATE", uri, "P-Asserted-Identity: <sip:+441632960150@c.example>", "Privacy: id")
    expected = PeerIdentified(leg=leg, from_user="", asserted_user="+441632960150", private=True)
    assert told(network) == [expected]


def test_nothing_is_told_when_nothing_changes_or_another_request_says_so() -> None:
    network, _ = answered()
    assert status(network, "UPDATE", "Contact: <sip:phone@10.0.0.2>") == "200"
    assert status(network, "OPTIONS", "P-Asserted-Identity: <sip:1@x.example>", cseq=8) == "200"
    assert told(network) == []


def test_a_from_that_is_no_sip_uri_names_nobody() -> None:
    network, leg = answered()
    change(network, uri="mailto:carol@example.org")
    assert [one.from_user for one in told(network)] in ([""], [])
    assert network.sent(PBX, "200")[-1].cseq.method == "UPDATE"
