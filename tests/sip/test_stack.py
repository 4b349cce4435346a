"""What every message of one endpoint has in common: Via, Contact, tags, answers, credentials."""

import pytest

from pbx.core.address import Address, Remote
from pbx.core.ids import SeededIds
from pbx.sip.events import SendPacket
from pbx.sip.message import Headers, Request, Response, parse_message
from pbx.sip.responses import response_to
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack, retry_request
from tests.sip.conftest import ALICE, PBX, pbx_settings

UDP = Remote("udp", "10.0.0.2", 5060)
TCP = Remote("tcp", "10.0.0.2", 5060, 4)


def stack(listen: Address = PBX, key: bytes = b"k" * 32) -> Stack:
    return Stack(EndpointSettings(listen=listen, user_agent="ours"), SeededIds("stack"), key)


def request(method: str = "OPTIONS", branch: str = "z9hG4bKa", from_tag: str = "1") -> Request:
    headers = Headers()
    for name, value in (
        ("Via", f"SIP/2.0/UDP 10.0.0.2:5060;branch={branch}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:alice@example.test>;tag={from_tag}"),
        ("To", "<sip:200@example.test>"),
        ("Call-ID", "id"),
        ("CSeq", f"7 {method}"),
    ):
        headers.add(name, value)
    return Request(method, "sip:200@example.test", headers, b"body")


def replied(one: Stack, asked: Request, status: int = 404) -> Response:
    one.out.clear()
    one.reply(asked, UDP, status)
    (packet,) = one.out
    assert isinstance(packet, SendPacket)
    assert packet.remote == UDP
    message = parse_message(packet.octets)
    assert isinstance(message, Response)
    return message


@pytest.mark.rfc("3261", "8.1.1.7")
@pytest.mark.parametrize(("remote", "transport"), [(UDP, "UDP"), (TCP, "TCP")])
def test_every_via_has_a_new_branch_with_the_cookie(remote: Remote, transport: str) -> None:
    one = stack()
    vias = [one.via(remote) for _ in range(50)]
    assert len(set(vias)) == 50
    assert all(via.startswith(f"SIP/2.0/{transport} 10.0.0.1:5060;rport;branch=z9hG4bK") for via in vias)


def test_our_contact_names_transport_and_brackets_ipv6() -> None:
    assert stack().contact(UDP) == "<sip:pbx@10.0.0.1:5060>"
    assert stack().contact(TCP, "200") == "<sip:200@10.0.0.1:5060;transport=tcp>"
    assert stack(Address("2001:db8::1", 5070)).contact(UDP) == "<sip:pbx@[2001:db8::1]:5070>"


@pytest.mark.rfc("3261", "19.3")
def test_tags_are_new_and_long_enough() -> None:
    one = stack()
    tags = [one.tag() for _ in range(50)]
    assert len(set(tags)) == 50
    assert all(len(tag) * 4 >= 32 for tag in tags)


@pytest.mark.rfc("3261", "8.2.7")
def test_a_stateless_answer_has_the_same_tag_for_the_same_request_only() -> None:
    one = stack()
    first = replied(one, request())
    assert (first.status, first.headers.get("Server"), first.body) == (404, "ours", b"")
    assert replied(one, request()).to.tag == first.to.tag
    others = [request(branch="z9hG4bKb"), request(from_tag="2")]
    tags = {first.to.tag, *(replied(one, other).to.tag for other in others)}
    assert len(tags) == 3
    assert replied(stack(key=b"x" * 32), request()).to.tag not in tags  # nobody can compute it


def test_respond_goes_through_the_transaction_with_the_tag_asked_for() -> None:
    one = stack()
    transaction = one.transactions.accept(request(), UDP)
    one.respond(transaction, 200, now=0.0, to_tag="mine", fields=(("Allow", "OPTIONS"),))
    (packet,) = one.out
    assert isinstance(packet, SendPacket)
    message = parse_message(packet.octets)
    assert (message.to.tag, message.headers.get("Allow"), message.headers.get("Server")) == (
        "mine",
        "OPTIONS",
        "ours",
    )
    assert one.transactions.absorb(request(), 0.1)
    assert one.out == [packet, packet]  # the retransmission got the same octets


@pytest.mark.rfc("3261", "22.2")
def test_a_retry_is_the_same_request_with_branch_number_and_credentials_changed() -> None:
    original = request("INVITE")
    again = retry_request(
        original, via="SIP/2.0/UDP x;branch=z9hG4bKb", number=8, answer=("Authorization", "d")
    )
    changed = ("Via", "CSeq", "Authorization")
    assert [pair for pair in again.headers if pair[0] not in changed] == [
        pair for pair in original.headers if pair[0] not in changed
    ]
    assert (again.method, again.uri, again.body) == ("INVITE", original.uri, b"body")
    assert (again.top_via.branch, str(again.cseq), again.headers.get("Authorization")) == (
        "z9hG4bKb",
        "8 INVITE",
        "d",
    )
    assert original.cseq.number == 7
    assert "Authorization" not in original.headers


@pytest.mark.parametrize(
    ("status", "header", "is_answered"),
    [
        (401, "WWW-Authenticate", True),
        (407, "Proxy-Authenticate", True),
        (401, "Proxy-Authenticate", False),
        (407, "WWW-Authenticate", False),
    ],
)
def test_each_challenge_is_looked_for_in_its_own_header(status: int, header: str, is_answered: bool) -> None:
    challenge = 'Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"'
    response = response_to(request(), status, fields=((header, challenge),))
    answer = stack().authorize(request(), response, ALICE)
    assert (answer is not None) is is_answered
    if answer is not None:
        assert 'username="alice"' in answer
        assert ALICE.password.reveal() not in answer


def test_the_settings_are_kept() -> None:
    settings = pbx_settings()
    one = Stack(settings, SeededIds(), b"k" * 100)  # a key longer than the hash takes is cut
    assert one.settings is settings
    assert replied(one, request()).to.tag
