"""Nothing from the wire raises anything but ParseError, and an unchanged message keeps its octets."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.digest import parse_authorization, parse_challenge
from pbx.sip.grammar import TOKEN_CLASS, split_commas
from pbx.sip.headers import NameAddr, parse_cseq, parse_name_addr, parse_via
from pbx.sip.message import Headers, Message, Request, frame_length, parse_message, salvage
from pbx.sip.negotiation import Negotiation
from pbx.sip.sdp import parse_sdp
from pbx.sip.uri import SipUri, parse_uri

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=sendrecv\r\n"
)
SEED = (
    b"INVITE sip:bob@example.com;user=phone SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1;rport, SIP/2.0/TCP h;received=192.0.2.1\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "A \\"quoted\\" name" <sip:alice@example.com>;tag=a1\r\n'
    b"t: sip:bob@example.com\r\n"
    b"Call-ID: c1@192.0.2.1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b'Contact: <sip:alice@192.0.2.1>;expires=60, "b, c"\r\n <sip:b@192.0.2.2>\r\n'
    b'Authorization: Digest username="a", realm="r", nonce="n", uri="sip:r", response="00"\r\n'
    b"Expires: 120\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: " + str(len(SDP)).encode() + b"\r\n"
    b"\r\n" + SDP
)
PIECES = [b"\r\n", b"\r", b"\n", b" ", b"\t", b"\0", b'"', b"\\", b"<", b">", b",", b";", b":", b"=", b"@"]
PIECES += [
    b"%00",
    b"[",
    b"]",
    b"*",
    b"\xff",
    "١".encode(),
    b"\r\n ",
    b"\r\nVia: x",
    b"9" * 5000,
    b"SIP/2.0",
    b"-1",
]

edits = st.lists(
    st.tuples(
        st.integers(0, len(SEED)),
        st.integers(0, 6),
        st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)),
    ),
    min_size=1,
    max_size=6,
)


def mutate(octets: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, n_removed, inserted in changes:
        octets = octets[:place] + inserted + octets[place + n_removed :]
    return octets


def touch(message: Message) -> None:
    """Read every view; each may refuse with ParseError, and a few are promised not to."""
    _ = (message.top_via, message.from_, message.to, message.call_id, message.cseq, message.max_forwards)
    for name in ("vias", "contacts", "routes", "record_routes", "content_type", "expires", "contact_star"):
        with suppress(ParseError):
            getattr(message, name)
    for value in message.headers.get_all("authorization"):
        with suppress(ParseError):
            parse_authorization(value)
    for address in (message.from_, message.to):
        assert parse_name_addr(str(address)) == address
        with suppress(ParseError):
            parse_uri(address.uri)
    assert parse_via(str(message.top_via)) == message.top_via


@pytest.mark.rfc("4475", "3")
@settings(max_examples=400)
@given(edits)
def test_mutated_messages(changes: list[tuple[int, int, bytes]]) -> None:
    octets = mutate(SEED, changes)
    with suppress(ParseError):
        frame_length(octets)
    try:
        message = parse_message(octets)
    except ParseError as error:
        assert error.status in (0, 400, 505, 513)
        saved = salvage(octets)
        if saved is not None:
            touch(saved)
            assert saved.vias
        return
    touch(message)
    written = bytes(message)
    assert written in octets
    assert bytes(parse_message(written)) == written


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_rubbish(octets: bytes) -> None:
    for parse in (parse_message, frame_length, parse_sdp):
        with suppress(ParseError):
            parse(octets)
    salvage(octets)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_rubbish_in_a_field(text: str) -> None:
    for parse in (
        parse_via,
        parse_name_addr,
        parse_cseq,
        parse_uri,
        parse_authorization,
        parse_challenge,
        split_commas,
    ):
        with suppress(ParseError):
            parse(text)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(SDP)),
            st.integers(0, 6),
            st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)),
        ),
        max_size=5,
    )
)
def test_mutated_offers(changes: list[tuple[int, int, bytes]]) -> None:
    try:
        answer, audio = Negotiation(("198.51.100.1", 20000), 1).answer(mutate(SDP, changes))
    except (ParseError, PeerViolation) as error:
        assert error.status in (400, 488)
        return
    assert audio.format.payload_type < 128
    assert sum(one.port > 0 for one in parse_sdp(answer).media) == 1


texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30)
tokens = st.from_regex(TOKEN_CLASS + "{1,10}", fullmatch=True)


@settings(max_examples=200)
@given(texts, texts.filter(bool), tokens)
def test_our_own_addresses_survive(display: str, user: str, tag: str) -> None:
    uri = SipUri("sip", user, "example.com", 5060)
    address = NameAddr(display, str(uri), (("tag", tag),))
    again = parse_name_addr(str(address))
    assert again == address
    assert parse_uri(again.uri) == uri


@settings(max_examples=100)
@given(texts, st.binary(max_size=50))
def test_our_own_requests_survive(display: str, body: bytes) -> None:
    headers = Headers()
    headers.add("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    headers.add("From", str(NameAddr(display, "sip:a@h", (("tag", "1"),))))
    headers.add("To", "<sip:b@h>")
    headers.add("Call-ID", "c")
    headers.add("CSeq", "1 MESSAGE")
    again = parse_message(bytes(Request("MESSAGE", "sip:b@h", headers, body)))
    assert again.from_.display == display
    assert again.body == body
