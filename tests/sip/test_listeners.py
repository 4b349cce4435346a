"""Which of our addresses a peer is told."""

import pytest

from pbx.core.address import Address, Remote, Transport
from pbx.core.ids import SeededIds
from pbx.sip.listeners import Listener, Listeners
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack

V4, V6 = Address("10.0.0.1", 5060), Address("2001:db8::1", 5060)
TLS, SHOWN = Address("0.0.0.0", 5061), Address("203.0.113.1", 5061)
WSS = Address("10.0.0.1", 8443)
ALL = Listeners(
    (
        Listener(transport="udp", bind=V4),
        Listener(transport="udp", bind=V6),
        Listener(transport="tls", bind=TLS, shown=SHOWN),
        Listener(transport="wss", bind=WSS),
    )
)


@pytest.mark.parametrize(
    ("transport", "host", "public"),
    [
        ("udp", "10.0.0.9", V4),
        ("udp", "2001:db8::9", V6),
        ("tls", "10.0.0.9", SHOWN),
        ("tls", "2001:db8::9", None),
        ("tcp", "10.0.0.9", None),
    ],
)
def test_a_peer_is_told_the_listener_of_its_transport_and_family(
    transport: Transport, host: str, public: Address | None
) -> None:
    assert ALL.public(Remote(transport, host, 5060)) == public


@pytest.mark.rfc("7118", "5.2")
@pytest.mark.rfc("3261", "18.1.1")
@pytest.mark.parametrize(
    ("remote", "via", "contact"),
    [
        (Remote("udp", "10.0.0.9", 5060), "SIP/2.0/UDP 10.0.0.1:5060;", "<sip:pbx@10.0.0.1:5060>"),
        (Remote("udp", "::9", 5060), "SIP/2.0/UDP [2001:db8::1]:5060;", "<sip:pbx@[2001:db8::1]:5060>"),
        (
            Remote("tls", "10.0.0.9", 5061, 3),
            "SIP/2.0/TLS 203.0.113.1:5061;",
            "<sip:pbx@203.0.113.1:5061;transport=tls>",
        ),
        (
            Remote("wss", "10.0.0.9", 4711, 4),
            "SIP/2.0/WSS 10.0.0.1:8443;",
            "<sip:pbx@10.0.0.1:8443;transport=ws>",
        ),
        (Remote("tcp", "::9", 5060), "SIP/2.0/TCP 10.0.0.2:5070;", "<sip:pbx@10.0.0.2:5070;transport=tcp>"),
    ],
)
def test_via_and_contact_show_it(remote: Remote, via: str, contact: str) -> None:
    settings = EndpointSettings(listen=Address("10.0.0.2", 5070), listeners=ALL)
    stack = Stack(settings, SeededIds("listeners"), b"k" * 32)
    assert stack.via(remote).startswith(via)
    assert stack.contact(remote) == contact
