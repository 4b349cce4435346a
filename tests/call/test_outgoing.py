"""What leaves on the other side of a call, scanned octet by octet for what must not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.context import CallContext
from pbx.core.address import Address, Remote
from pbx.core.ids import LegId, SeededIds
from pbx.sip.effects import PlaceCall
from pbx.sip.endpoint import Endpoint
from pbx.sip.events import CallOffered, DeviceOrigin, LegRejected, Origin, SendPacket
from pbx.sip.identity.header_rules import HeaderRules
from pbx.sip.identity.profile import SendIdentity, TrunkProfile
from pbx.sip.message import Request, parse_message
from pbx.sip.offered import call_offered
from pbx.sip.request_checks import Admitted
from pbx.sip.settings import EndpointSettings
from pbx.sip.stir.identity_header import parse_identity
from pbx.sip.stir.passport import parse_passport
from pbx.sip.stir.signed_call import SignedCall
from pbx.sip.stir.signer import AttestationPolicy, Signer
from pbx.sip.stir.verdict import Status, StirVerdict
from pbx.sip.stir.verification import Statements, read_statements
from tests.call.conftest import CARRIER, OFFER, Board, contact
from tests.sip.stir.conftest import signer

PHONE = DeviceOrigin(tenant="acme", extension="1001")
OUTSIDE, INSIDE = "901632960150", "1002"
SOURCE = Remote("udp", "192.0.2.1", 5060)
# Every place where a telephone or carrier could say who is calling.
SECRETS = (
    *("1001", "7700900123", "Ada", "Lovelace", "ada@", "192.0.2.1", "secret-call", "Secretphone"),
    *("forwarder", "history", "X-Caller", "Analytical", "session-of"),
)
INVITE = (
    "INVITE sip:{called}@acme.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKsecret-call\r\n"
    "Max-Forwards: 70\r\n"
    'From: "Ada Lovelace" <sip:{user}@acme.example>;tag=secret-call\r\n'
    "To: <sip:{called}@acme.example>\r\n"
    "Call-ID: secret-call@192.0.2.1\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:ada@192.0.2.1>\r\n"
    "Privacy: id\r\n"
    'P-Preferred-Identity: "Ada" <sip:+447700900123@acme.example>\r\n'
    'P-Asserted-Identity: "Ada" <sip:+447700900123@acme.example>\r\n'
    'Remote-Party-ID: "Ada" <sip:+447700900123@acme.example>;screen=yes\r\n'
    "Diversion: <sip:forwarder@acme.example>;reason=user-busy;privacy=full\r\n"
    "History-Info: <sip:history@acme.example?Privacy=history>;index=1\r\n"
    "History-Info: <sip:x@acme.example;cause=302>;index=1.1\r\n"
    "X-Caller: Ada\r\n"
    "Subject: Analytical engine\r\n"
    "Organization: Lovelace\r\n"
    "User-Agent: Secretphone 1.0\r\n"
    "Content-Type: application/sdp\r\n"
)
SDP = OFFER.replace(b"o=-", b"o=ada").replace(b"s=-", b"s=session-of Ada")


def offered(called: str, origin: Origin, *, trusted: bool = False, privacy: str = "id") -> CallOffered:
    """What admission makes of the INVITE above."""
    user = origin.extension if isinstance(origin, DeviceOrigin) else "+447700900123"
    text = INVITE.format(called=called, user=user).replace("Privacy: id", f"Privacy: {privacy}")
    message = parse_message(f"{text}Content-Length: {len(SDP)}\r\n\r\n".encode() + SDP)
    assert isinstance(message, Request)
    return call_offered(LegId("a"), Admitted(origin, trusted, TrunkProfile(country="GB")), message, SOURCE)


def board_with(profile: TrunkProfile, signer_: Signer | None = None) -> Board:
    """A switchboard whose carrier has this profile."""

    def change(context: CallContext) -> CallContext:
        trunk = replace(context.trunks["carrier"], profile=profile, signer=signer_)
        return replace(context, trunks={"carrier": trunk})

    board = Board(change=change)
    board.contacts = {INSIDE: (contact(INSIDE),), "1003": (contact("1003"),)}
    return board


def sent(order: PlaceCall) -> str:
    """The octets of the INVITE on the wire."""
    settings = EndpointSettings(listen=Address("10.0.0.1", 5060))
    endpoint = Endpoint(settings=settings, ids=SeededIds(), nonce_key=b"k" * 32)
    packet = endpoint.handle(order, 0.0)[0]
    assert isinstance(packet, SendPacket)
    return packet.octets.decode()


def leaks(text: str, *allowed: str) -> list[str]:
    return [secret for secret in SECRETS if secret.lower() in text.lower() and secret not in allowed]


@pytest.mark.requirement("SIP-26")
@pytest.mark.rfc("3323", "4.1.1.3")
@pytest.mark.parametrize("sends", ["none", "pai", "ppi", "rpid", "both"])
def test_an_anonymous_extension_leaks_nothing_to_an_untrusted_carrier(sends: SendIdentity) -> None:
    board = board_with(TrunkProfile(sends=sends, diversion="both"))
    board.send(offered(OUTSIDE, PHONE))
    text = sent(board.last(PlaceCall))
    assert leaks(text) == []
    assert "1632960100" not in text  # the number that the trunk would show
    assert 'From: "Anonymous" <sip:anonymous@anonymous.invalid>' in text
    assert "Privacy: id" in text


@pytest.mark.requirement("SIP-26")
@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize(("called", "origin"), [(INSIDE, PHONE), ("+441632960101", CARRIER)])
def test_an_anonymous_caller_leaks_nothing_to_a_phone(called: str, origin: Origin, trusted: bool) -> None:
    board = board_with(TrunkProfile())
    board.send(offered(called, origin, trusted=trusted))
    text = sent(board.last(PlaceCall))
    assert leaks(text) == []
    assert 'From: "Anonymous" <sip:anonymous@anonymous.invalid>' in text


@pytest.mark.requirement("S-50")
@pytest.mark.requirement("SIP-34")
def test_a_caller_who_hides_nothing_shows_what_we_say_and_nothing_he_wrote() -> None:
    board = board_with(TrunkProfile(sends="both", diversion="both"))
    board.send(offered(OUTSIDE, PHONE, privacy="none"))
    text = sent(board.last(PlaceCall))
    assert leaks(text) == []
    assert "P-Asserted-Identity: <sip:+441632960100@acme.example>" in text
    board.send(offered(INSIDE, PHONE, privacy="none"))
    assert leaks(sent(board.last(PlaceCall)), "1001", "Ada", "Lovelace") == []


@pytest.mark.rfc("3325", "7")
def test_a_trusted_carrier_learns_the_number_and_the_wish() -> None:
    board = board_with(TrunkProfile(sends="pai", trusted=True))
    board.send(offered(OUTSIDE, PHONE))
    text = sent(board.last(PlaceCall))
    assert "P-Asserted-Identity: <sip:+441632960100@acme.example>" in text
    assert "Privacy: id" in text
    assert 'From: "Anonymous" <sip:anonymous@anonymous.invalid>' in text


def test_an_emergency_service_sees_the_number() -> None:
    board = board_with(TrunkProfile(), signer())
    board.send(offered("999", PHONE))
    order = board.last(PlaceCall)
    assert "anonymous" not in order.from_uri
    assert order.fields == (("Priority", "emergency"),)


@pytest.mark.requirement("SIP-33")
def test_numbers_in_the_carriers_form() -> None:
    board = board_with(TrunkProfile(country="GB", numbers="national", phone_uris=True))
    board.send(offered(OUTSIDE, PHONE, privacy="none"))
    order = board.last(PlaceCall)
    assert order.target == order.to == "sip:01632960150@127.0.0.2:5070;user=phone"
    assert order.from_uri == "sip:01632960100@acme.example;user=phone"


@pytest.mark.requirement("SIP-29")
@pytest.mark.rfc("8588", "4")
@pytest.mark.parametrize(("own", "attest"), [({"441632960100"}, "A"), (set[str](), "B")])
def test_a_signed_call(own: set[str], attest: str) -> None:
    ours = replace(signer(), policy=AttestationPolicy(own=frozenset(own)))
    board = board_with(TrunkProfile(), ours)
    board.send(offered(OUTSIDE, PHONE, privacy="none"))
    fields = dict(board.last(PlaceCall).fields)
    assert fields["Date"] == "Tue, 24 Nov 2026 00:00:00 GMT"
    claims = parse_passport(parse_identity(fields["Identity"]).token).claims
    assert (claims.orig, claims.dest, claims.attest) == ("441632960100", ("441632960150",), attest)


def test_no_signature_tells_what_is_hidden() -> None:
    board = board_with(TrunkProfile(), signer())
    board.send(offered(OUTSIDE, PHONE))
    assert "Identity" not in dict(board.last(PlaceCall).fields)
    off = replace(signer(), policy=AttestationPolicy(levels={"441632960100": "off"}))
    board = board_with(TrunkProfile(), off)
    board.send(offered(OUTSIDE, PHONE, privacy="none"))
    assert board.last(PlaceCall).fields == ()


@pytest.mark.requirement("SIP-41")
def test_headers_pass_when_both_sides_name_them() -> None:
    given = replace(offered(OUTSIDE, PHONE, privacy="none"), extra=(("X-Customer", "42"), ("X-Other", "1")))
    rules = HeaderRules(passes=("X-Customer",), sets=(("X-Switch", "pbx"),))
    board = board_with(TrunkProfile(gives=rules))
    board.send(given)
    assert board.last(PlaceCall).fields == (("X-Switch", "pbx"), ("X-Customer", "42"))
    board = board_with(TrunkProfile())
    board.send(given)
    assert board.last(PlaceCall).fields == ()


@pytest.mark.requirement("SIP-29")
@pytest.mark.rfc("8946", "4")
@pytest.mark.parametrize(("status", "kinds"), [(Status.PASSED, ["shaken", "div"]), (Status.NONE, ["shaken"])])
def test_a_call_that_is_sent_on_keeps_its_caller_and_says_so(status: Status, kinds: list[str]) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    theirs = signer().shaken("447700900123", "441632960101", "B", at)
    claims = SignedCall(identities=(theirs,), orig="447700900123", to="441632960101", called="441632960101")
    given = offered("+441632960101", CARRIER, privacy="none")
    board = board_with(TrunkProfile(country="GB", forwarded="caller", diversion="diversion"), signer())
    board.send(replace(given, signed=claims, verdict=StirVerdict(status=status)))
    contacts = ("sip:+441632960177@acme.example",)
    leg = board.last(PlaceCall).leg
    board.send(LegRejected(leg=leg, status=302, reason="", contacts=contacts))
    order = board.last(PlaceCall)
    assert order.from_uri == "sip:+447700900123@acme.example"
    found = [
        parse_passport(parse_identity(value).token) for name, value in order.fields if name == "Identity"
    ]
    assert [one.kind for one in found] == kinds
    if status is Status.PASSED:
        assert order.fields[-2][1] == theirs
        assert (found[1].claims.div, found[1].claims.dest) == ("441632960101", ("441632960177",))
        sent_on = SignedCall(
            identities=(theirs, order.fields[-1][1]),
            orig="447700900123",
            to="441632960177",
            called="441632960177",
        )
        assert isinstance(read_statements(sent_on, at), Statements)
    else:
        assert found[0].claims.attest == "C"
