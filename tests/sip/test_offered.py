"""Who the caller says he is, and whether he wants that known."""

import pytest

from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.sip.events import CallOffered, PacketReceived, TrunkOrigin
from pbx.sip.identity.diversion import Diversion
from pbx.sip.identity.header_rules import HeaderRules
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.message import Headers, Request, parse_message
from pbx.sip.offered import call_offered, dialled_user, is_private
from pbx.sip.request_checks import Admitted
from tests.sip.conftest import PBX, Network, pbx_settings


@pytest.mark.rfc("3323", "4.1")
@pytest.mark.parametrize(
    ("privacy", "user", "host", "expected"),
    [
        ("", "alice", "example.test", False),
        ("none", "alice", "example.test", False),
        ("id", "alice", "example.test", True),
        ("session; ID", "alice", "example.test", True),
        ("critical", "alice", "example.test", False),
        ("", "Anonymous", "example.test", True),
        ("", "x", "anonymous.invalid", True),
    ],
)
def test_privacy(privacy: str, user: str, host: str, expected: bool) -> None:
    headers = Headers()
    if privacy:
        headers.add("Privacy", privacy)
    assert is_private(Request("INVITE", "sip:a@b", headers), user, host) is expected


@pytest.mark.requirement("SIP-22")
@pytest.mark.parametrize(
    ("user", "account", "to", "expected"),
    [
        ("acme7", "acme7", "<sip:01632960100@10.0.0.1>", "01632960100"),  # the contact that we registered
        ("01632960101", "acme7", "<sip:01632960100@10.0.0.1>", "01632960101"),
        ("acme7", "", "<sip:01632960100@10.0.0.1>", "acme7"),
    ],
)
def test_whom_the_caller_of_a_registered_line_wants(user: str, account: str, to: str, expected: str) -> None:
    headers = Headers()
    headers.add("To", to)
    verdict = Admitted(TrunkOrigin(trunk="blue", tenant="acme"), account=account)
    assert dialled_user(user, verdict, Request("INVITE", f"sip:{user}@10.0.0.1", headers)) == expected


INVITE = (
    "INVITE tel:+44-1632-960102 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKa\r\n"
    'From: "Ada\u202e \t Lovelace" <sip:07700900123@carrier.example>;tag=1\r\n'
    "To: <tel:+44-1632-960102>\r\n"
    "Call-ID: a\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:192.0.2.9>\r\n"
    "P-Asserted-Identity: <tel:+447700900555>\r\n"
    "Diversion: <sip:+441632960199@carrier.example>;reason=no-answer\r\n"
    "Identity: a.b.c;info=<https://certs.example/a>\r\n"
    "X-Campaign: spring\r\n"
    "X-Other: 1\r\n"
    "Content-Length: 0\r\n\r\n"
)


def offer(profile: TrunkProfile) -> CallOffered:
    message = parse_message(INVITE.encode())
    assert isinstance(message, Request)
    origin = TrunkOrigin(trunk="carrier", tenant="acme")
    verdict = Admitted(origin, profile.trusted, profile)
    return call_offered(LegId("a"), verdict, message, Remote("udp", "192.0.2.9", 5060))


@pytest.mark.requirement("S-50")
@pytest.mark.rfc("3325", "5")
def test_what_an_untrusted_peer_says_about_identities_is_nothing() -> None:
    found = offer(TrunkProfile())
    assert (found.asserted_user, found.diversions, found.extra, found.signed) == ("", (), (), None)
    assert (found.from_user, found.from_display) == ("07700900123", "Ada Lovelace")


@pytest.mark.requirement("SIP-41")
@pytest.mark.rfc("3966", "3")
def test_what_a_trusted_peer_says_counts() -> None:
    rules = HeaderRules(passes=("X-Campaign",))
    found = offer(TrunkProfile(country="GB", trusted=True, stir="annotate", takes=rules))
    assert (found.called, found.called_domain) == ("+441632960102", "")
    assert found.asserted_user == "+447700900555"
    assert found.diversions == (Diversion(uri="sip:+441632960199@carrier.example", reason="no-answer"),)
    assert found.extra == (("X-Campaign", "spring"),)
    assert found.signed is not None
    assert (found.signed.orig, found.signed.to, found.signed.called) == (
        "447700900555",
        "441632960102",
        "441632960102",
    )


@pytest.mark.requirement("SIP-33")
@pytest.mark.rfc("3966", "5.1.1")
def test_a_tel_uri_calls_a_number_of_ours() -> None:
    network = Network(pbx_settings())
    network.inject(PBX, PacketReceived(octets=INVITE.encode(), remote=Remote("udp", "192.0.2.9", 5060)))
    assert network.take(PBX, CallOffered).called == "+441632960102"


@pytest.mark.rfc("3323", "5")
def test_a_critical_wish_that_we_cannot_serve_ends_the_call() -> None:
    network = Network(pbx_settings())
    text = INVITE.replace("X-Other: 1", "Privacy: telepathy;critical")
    network.inject(PBX, PacketReceived(octets=text.encode(), remote=Remote("udp", "192.0.2.9", 5060)))
    assert network.sent(PBX, "500")
    assert not network.events[PBX]
