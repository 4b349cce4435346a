"""Which IP family audio goes over."""

import pytest

from pbx.call.family import callee_family, caller_family
from pbx.core.address import Address, Family, Remote
from pbx.core.ids import LegId
from pbx.sip.effects import PlaceCall
from pbx.sip.events import CallOffered, DeviceOrigin

V4, V6 = Address("192.0.2.1", 5060), Address("2001:db8::1", 5060)
SDP4, SDP6 = b"v=0\r\nc=IN IP4 192.0.2.1\r\n", b"v=0\r\nc=IN IP6 2001:db8::1\r\n"


@pytest.mark.requirement("SIP-02")
@pytest.mark.parametrize(
    ("offer", "source", "family"),
    [
        (SDP4, V6, "ip4"),
        (SDP6, V4, "ip6"),
        (SDP4 + SDP6, V6, "ip6"),
        (None, V4, "ip4"),
        (None, V6, "ip6"),
    ],
)
def test_the_offer_says_what_the_caller_hears(offer: bytes | None, source: Address, family: Family) -> None:
    offered = CallOffered(
        leg=LegId("a"),
        origin=DeviceOrigin(tenant="acme", extension="1001"),
        called="200",
        called_domain="acme.example",
        from_user="1001",
        from_display="",
        asserted_user="",
        private=False,
        offer=offer,
        source=Remote("udp", source.host, source.port),
        max_forwards=70,
        sip_call_id="c",
    )
    assert caller_family(offered) == family


@pytest.mark.parametrize(
    ("host", "family"), [("192.0.2.9", "ip4"), ("2001:db8::9", "ip6"), ("sip.carrier.example", "ip4")]
)
def test_a_callee_hears_what_it_is_called_by(host: str, family: Family) -> None:
    order = PlaceCall(
        leg=LegId("b"),
        target="sip:200@b",
        to="sip:200@b",
        from_uri="sip:100@a",
        from_display="",
        remote=Remote("udp", host, 5060),
        offer=b"",
    )
    assert callee_family(order) == family
