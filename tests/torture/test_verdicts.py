"""Every torture message of RFC 4475 and RFC 5118 meets its verdict at the endpoint."""

import pytest

from pbx.core.address import Address, Remote
from pbx.core.ids import SeededIds
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import CallOffered, PacketReceived, SendPacket
from pbx.sip.message import Request, parse_message
from pbx.sip.settings import EndpointSettings, TrunkPeer
from pbx.sip.uri import parse_uri
from tests.torture.messages import TortureMessage, load
from tests.torture.verdicts import CALL, SILENCE, VERDICTS

MESSAGES = [message for rfc in ("4475", "5118") for message in load(rfc).values()]
SOURCE = Remote("udp", "192.0.2.9", 5070)


def endpoint() -> Endpoint:
    """Return a PBX of one domain and one carrier."""
    settings = EndpointSettings(
        listen=Address("192.0.2.1", 5060),
        domains={"example.com": "acme"},
        trunks=(TrunkPeer(name="carrier", tenant="acme", networks=("192.0.2.9/32",)),),
    )
    return Endpoint(settings=settings, ids=SeededIds("torture"), nonce_key=b"k" * 32)


def verdict(pbx: Endpoint, octets: bytes) -> int:
    """Return CALL, SILENCE or the status of the one answer."""
    outputs = pbx.handle(PacketReceived(octets=octets, remote=SOURCE), 1000.0)
    if any(isinstance(output, CallOffered) for output in outputs):
        return CALL
    sent = [output.octets for output in outputs if isinstance(output, SendPacket)]
    assert len(sent) <= 1
    return int(sent[0].split()[1]) if sent else SILENCE


@pytest.mark.rfc("4475", "3")
@pytest.mark.rfc("5118", "4")
@pytest.mark.requirement("S-20")
@pytest.mark.requirement("SIP-01")
@pytest.mark.requirement("SIP-02")
@pytest.mark.parametrize("message", MESSAGES, ids=[f"{one.rfc}-{one.name}" for one in MESSAGES])
def test_verdict(message: TortureMessage) -> None:
    assert verdict(endpoint(), message.octets) == VERDICTS[message.rfc][message.name]


def test_the_table_is_complete() -> None:
    assert [(rfc, len(load(rfc))) for rfc in VERDICTS] == [("4475", 49), ("5118", 12)]
    for rfc, verdicts in VERDICTS.items():
        assert list(verdicts) == list(load(rfc))


def test_octets_are_those_of_the_rfc() -> None:
    """Where a message says how long its body is, and does not lie for the sake of the test, it is so."""
    liars = {"dblreq", "clerr", "ncl", "mcl01", "multi01", "mismatch02"}
    for message in MESSAGES:
        head, _, body = message.octets.partition(b"\r\n\r\n")
        if message.name not in liars and b"ontent-Length" in head:
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            assert int(length.rpartition(b":")[2]) == len(body), message.name


@pytest.mark.rfc("4475", "3.1.1.2")
def test_escaped_control_characters_are_seen_by_nobody() -> None:
    request = parse_message(load("4475")["intmeth"].octets)
    assert isinstance(request, Request)
    assert request.to.display == "BEL:  NUL:  DEL: "
    assert request.headers.get("extensionHeader-!.%*+_`'~") == "\ufeff大停電"
    assert request.from_.param("fromParam''~+*_!.-%") == "работающий"


@pytest.mark.rfc("4475", "3.2.1")
def test_two_requests_with_the_bare_cookie_are_not_one() -> None:
    pbx = endpoint()
    octets = load("4475")["baddate"].octets
    invite = octets.replace(b"z9hG4bKkdjuw", b"z9hG4bK")
    other = invite.replace(b"baddate.239423", b"other.239423")
    assert verdict(pbx, invite) == CALL
    assert verdict(pbx, other) == CALL


@pytest.mark.rfc("5118", "4.10")
def test_the_extra_colon_is_dropped() -> None:
    assert parse_uri("sip:user@[2001:db8:::192.0.2.1]").host == "2001:db8::192.0.2.1"
