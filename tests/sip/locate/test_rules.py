"""The order of targets by RFC 3263 §4, with a zone at hand."""

from collections import Counter

import pytest

from pbx.sip.locate.events import Srv
from pbx.sip.locate.rules import MAX_TARGETS, Abilities, ServerName
from tests.sip.locate.conftest import Dns, places


@pytest.mark.rfc("3263", "4.1")
@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (ServerName(host="192.0.2.7"), "udp 192.0.2.7:5060"),
        (ServerName(host="192.0.2.7", port=5070, transport="tcp"), "tcp 192.0.2.7:5070"),
        (ServerName(host="2001:db8::7", secure=True), "tls 2001:db8::7:5061"),
        (ServerName(host="plain.example", port=5070), "udp 192.0.2.9:5070"),
        (ServerName(host="plain.example", port=5070, transport="tcp"), "tcp 192.0.2.9:5070"),
        (ServerName(host="plain.example"), "udp 192.0.2.9:5060"),
        (ServerName(host="PLAIN.example.", transport="tls"), "tls 192.0.2.9:5061"),
    ],
)
def test_short_cuts_and_fall_backs(server: ServerName, expected: str) -> None:
    found = Dns().find(server.host, server.port, transport=server.transport, secure=server.secure)
    assert places(found) == [expected]


def test_an_address_or_a_port_asks_no_more_than_needed() -> None:
    dns = Dns()
    dns.find("192.0.2.7")
    assert dns.asked == []
    dns.find("plain.example", 5070)
    assert dns.asked == [("plain.example", "A")]


@pytest.mark.rfc("3263", "4.1")
@pytest.mark.requirement("SIP-19")
def test_naptr_then_srv_then_addresses() -> None:
    dns = Dns()
    assert places(dns.find("carrier.example")) == [
        "tcp 192.0.2.1:5060",
        "tcp 192.0.2.2:5060",
        "tcp 192.0.2.3:5070",
        "udp 192.0.2.1:5080",
        "udp 192.0.2.2:5080",
    ]
    assert dns.asked[0] == ("carrier.example", "NAPTR")
    assert ("_sips._tcp.carrier.example", "SRV") not in dns.asked  # we cannot


@pytest.mark.rfc("3263", "4.1")
def test_a_transport_that_was_said_needs_no_naptr() -> None:
    dns = Dns()
    assert places(dns.find("carrier.example", transport="udp")) == [
        "udp 192.0.2.1:5080",
        "udp 192.0.2.2:5080",
    ]
    assert ("carrier.example", "NAPTR") not in dns.asked


@pytest.mark.rfc("3263", "4.1")
def test_a_secure_uri_goes_by_tls_only() -> None:
    dns = Dns(Abilities(transports=("udp", "tcp", "tls")))
    dns.zone[("_sips._tcp.carrier.example", "SRV")] = (
        Srv(priority=1, weight=1, port=5061, target="b.carrier.example"),
    )
    (target,) = dns.find("carrier.example", secure=True) or ()
    assert (target.transport, target.port, target.name) == ("tls", 5061, "carrier.example")


def test_without_naptr_every_transport_of_ours_is_asked_for() -> None:
    dns = Dns()
    del dns.zone[("carrier.example", "NAPTR")]
    assert places(dns.find("carrier.example"))[0] == "udp 192.0.2.1:5080"
    assert ("_sip._tcp.carrier.example", "SRV") in dns.asked


@pytest.mark.rfc("2782", "Usage rules")
def test_a_service_that_is_not_there_has_no_fall_back() -> None:
    assert Dns().find("closed.example") == ()


def test_a_name_that_does_not_exist() -> None:
    assert Dns().find("nowhere.example") == ()


def test_address_families_in_our_order() -> None:
    dns = Dns(Abilities(families=("AAAA", "A")))
    assert places(dns.find("b.carrier.example", 5060)) == ["udp 2001:db8::3:5060", "udp 192.0.2.3:5060"]


@pytest.mark.rfc("2782", "Usage rules")
def test_weights_share_the_calls() -> None:
    dns = Dns()
    dns.zone[("_sip._udp.carrier.example", "SRV")] = (
        Srv(priority=1, weight=9, port=1, target="plain.example"),
        Srv(priority=1, weight=1, port=2, target="plain.example"),
    )
    first = Counter(places(dns.find("carrier.example", transport="udp"))[0] for _ in range(1000))
    assert 850 <= first["udp 192.0.2.9:1"] <= 950


def test_targets_are_limited() -> None:
    dns = Dns()
    dns.zone[("_sip._udp.carrier.example", "SRV")] = tuple(
        Srv(priority=1, weight=1, port=port, target="plain.example") for port in range(1, 41)
    )
    assert len(dns.find("carrier.example", transport="udp") or ()) == MAX_TARGETS
