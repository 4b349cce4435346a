"""Requests that a trusted proxy passed on: whose they are."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import ConfigError, ParseError
from pbx.sip.edge import Edges
from pbx.sip.message import Headers, Request

EDGE, OTHER_EDGE = Remote("udp", "10.0.0.9", 5060), "10.0.0.10"
STRANGER = Remote("udp", "198.51.100.7", 5060)
EDGES = Edges(("10.0.0.8/29",))


def request(*vias: str) -> Request:
    headers = Headers()
    for via in vias:
        headers.add("Via", via)
    return Request("INVITE", "sip:200@example.test", headers)


OWN = "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKedge"


@pytest.mark.rfc("3261", "18.2.1")
@pytest.mark.parametrize(
    ("below", "origin"),
    [
        ("SIP/2.0/UDP 192.0.2.1:5070;received=203.0.113.5;rport=6000", Remote("udp", "203.0.113.5", 6000)),
        ("SIP/2.0/TCP 192.0.2.1:5070", Remote("tcp", "192.0.2.1", 5070)),
        ("SIP/2.0/WSS a.invalid;received=203.0.113.5;rport=6000", Remote("wss", "203.0.113.5", 6000)),
        ("SIP/2.0/UDP [2001:db8::1]", Remote("udp", "2001:db8::1", 5060)),
        ("SIP/2.0/UDP phone.example.test", EDGE),
    ],
)
def test_the_via_below_the_edge_s_says_who_sent_it(below: str, origin: Remote) -> None:
    assert EDGES.origin(request(OWN, below), EDGE) == origin


def test_the_edge_speaks_for_itself_when_there_is_nobody_below() -> None:
    assert EDGES.origin(request(OWN), EDGE) == EDGE


def test_two_edges_in_a_row_are_looked_through() -> None:
    first = f"SIP/2.0/UDP {OTHER_EDGE};branch=z9hG4bKfirst"
    phone = "SIP/2.0/UDP 192.0.2.1;received=203.0.113.5;rport=6000"
    assert EDGES.origin(request(OWN, first, phone), EDGE) == Remote("udp", "203.0.113.5", 6000)


def test_nobody_else_can_say_that_he_is_another() -> None:
    forged = "SIP/2.0/UDP 192.0.2.1;received=203.0.113.5;rport=6000"
    assert EDGES.origin(request(OWN, forged), STRANGER) == STRANGER
    assert Edges().origin(request(OWN, forged), EDGE) == EDGE
    behind_a_stranger = request(OWN, "SIP/2.0/UDP 198.51.100.7", forged)
    assert EDGES.origin(behind_a_stranger, EDGE).host == "198.51.100.7"


def test_what_is_no_network_is_an_error_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="not an IP network"):
        Edges(("edge.example.test",))


def test_a_malformed_via_below_an_edge_is_400() -> None:
    with pytest.raises(ParseError) as caught:
        EDGES.origin(request(OWN, "junk"), EDGE)
    assert caught.value.status == 400
