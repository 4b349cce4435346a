"""Parsing and serialising of whole messages, in the manner of RFC 4475."""

import pytest

from pbx.core.errors import MisuseError, ParseError
from pbx.sip.headers import CSeq, NameAddr
from pbx.sip.message import MAX_CALL_ID, Headers, Message, Request, Response, parse_message, salvage

INVITE = (
    b"INVITE sip:bob@example.com SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport, SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK0\r\n"
    b"v: SIP/2.0/TLS last.example.com\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "Alice" <sip:alice@example.com>;tag=a1\r\n'
    b"To: <sip:bob@example.com>\r\n"
    b"Call-ID: c1@192.0.2.1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b'm: <sip:alice@192.0.2.1>, "b, c" <sip:b@192.0.2.2>\r\n'
    b"Record-Route: <sip:p1;lr>\r\n"
    b"Record-Route: <sip:p2;lr>, <sip:p3;lr>\r\n"
    b"Expires: 120\r\n"
    b"Content-Type: Application/SDP ; charset=utf-8\r\n"
    b"Content-Length: 5\r\n"
    b"\r\n"
    b"v=0\r\n"
)
OK = INVITE.replace(b"INVITE sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK")


def without(name: bytes) -> bytes:
    return b"\r\n".join(line for line in INVITE.split(b"\r\n") if not line.startswith(name + b":"))


def with_line(line: bytes) -> bytes:
    return INVITE.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)


def request(octets: bytes) -> Request:
    message = parse_message(octets)
    assert isinstance(message, Request)
    return message


def refused(octets: bytes) -> int:
    with pytest.raises(ParseError) as caught:
        parse_message(octets)
    return caught.value.status


@pytest.mark.rfc("3261", "7.1")
def test_request_views() -> None:
    message = request(INVITE)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:bob@example.com", b"v=0\r\n")
    assert [str(via.host) for via in message.vias] == ["192.0.2.1", "192.0.2.9", "last.example.com"]
    assert message.top_via == message.vias[0]
    assert message.from_ == NameAddr("Alice", "sip:alice@example.com", (("tag", "a1"),))
    assert message.to.uri == "sip:bob@example.com"
    assert message.call_id == "c1@192.0.2.1"
    assert message.cseq == CSeq(1, "INVITE")
    assert [contact.uri for contact in message.contacts] == ["sip:alice@192.0.2.1", "sip:b@192.0.2.2"]
    assert [route.uri for route in message.record_routes] == ["sip:p1;lr", "sip:p2;lr", "sip:p3;lr"]
    assert message.routes == ()
    assert (message.max_forwards, message.expires) == (70, 120)
    assert message.content_type == "application/sdp"
    assert not message.contact_star


@pytest.mark.rfc("3261", "7.2")
def test_response_views() -> None:
    message = parse_message(OK)
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (200, "OK")
    assert message.cseq == CSeq(1, "INVITE")


@pytest.mark.parametrize("line", [b"SIP/2.0 100 ", b"SIP/2.0 100", b"SIP/2.0 183 \xd1\x83"])
def test_reason_phrases_may_be_empty_or_utf8(line: bytes) -> None:
    octets = OK.replace(b"SIP/2.0 200 OK", line)
    assert bytes(parse_message(octets)) == octets


def test_absent_optional_headers() -> None:
    octets = INVITE
    for name in (b"Max-Forwards", b"Expires", b"Content-Type", b"Content-Length", b"m"):
        octets = b"\r\n".join(line for line in octets.split(b"\r\n") if not line.startswith(name + b":"))
    message = request(octets)
    assert (message.max_forwards, message.expires, message.content_type) == (None, None, "")
    assert message.contacts == ()
    assert message.body == b"v=0\r\n"


@pytest.mark.rfc("3261", "10.2.2")
def test_contact_star() -> None:
    message = request(INVITE.replace(b'm: <sip:alice@192.0.2.1>, "b, c" <sip:b@192.0.2.2>', b"m: *"))
    assert message.contact_star
    assert message.contacts == ()


@pytest.mark.parametrize("octets", [INVITE, OK, b"\r\n\r\n" + INVITE, INVITE + b"padding"])
def test_an_unchanged_message_serialises_to_its_own_octets(octets: bytes) -> None:
    assert bytes(parse_message(octets)) in (INVITE, OK)


@pytest.mark.rfc("3261", "18.3")
def test_a_datagram_is_cut_to_content_length() -> None:
    assert request(INVITE + b"rubbish").body == b"v=0\r\n"
    assert refused(INVITE[:-1]) == 400


def test_a_changed_message_is_written_anew() -> None:
    message = request(INVITE)
    message.headers.set("Max-Forwards", "69")
    assert message.max_forwards == 69
    assert b"Max-Forwards: 69\r\n" in bytes(message)
    message.body = b"longer body"
    message.uri = "sip:carol@example.com"
    again = request(bytes(message))
    assert (again.uri, again.body, again.max_forwards) == ("sip:carol@example.com", b"longer body", 69)
    assert again.headers.get_all("l") == ["11"]


@pytest.mark.parametrize("field", ["method", "uri", "body", "headers"])
def test_every_change_is_seen(field: str) -> None:
    message = request(INVITE)
    values = {"method": "OPTIONS", "uri": "sip:x@y", "body": b"", "headers": Headers()}
    setattr(message, field, values[field])
    assert bytes(message) != INVITE


def test_views_follow_changes() -> None:
    message = request(INVITE)
    assert message.to.tag is None
    message.headers.set("To", str(message.to.with_param("tag", "b1")))
    assert message.to.tag == "b1"


def test_a_built_response_is_literal() -> None:
    headers = Headers()
    headers.add("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    headers.add("To", "<sip:bob@example.com>;tag=b")
    assert bytes(Response(486, "Busy Here", headers)) == (
        b"SIP/2.0 486 Busy Here\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
        b"To: <sip:bob@example.com>;tag=b\r\n"
        b"Content-Length: 0\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    "message",
    [Response(200, "OK\r\nX: y", Headers()), Request("ACK", "sip:a\r\nX: y", Headers())],
)
def test_a_start_line_cannot_become_a_header(message: Message) -> None:
    with pytest.raises(MisuseError):
        bytes(message)


@pytest.mark.rfc("4475", "3.1.1.1")
def test_a_tortuous_invite() -> None:
    octets = (
        b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
        b"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
        b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
        b"MaX-fOrWaRdS: 0068\r\n"
        b"Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
        b"Content-Length   : 4\r\n"
        b"cseq: 0009\r\n  INVITE\r\n"
        b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
        b"s :\r\n"
        b"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
        b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
        b"Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
        b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
        b"  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ;"
        b" branch=\r\n z9hG4bK30239\r\n"
        b'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n'
        b"  secondparam ; q = 0.33\r\n"
        b"\r\n"
        b"v=0\n"
    )
    message = request(octets)
    assert message.to == NameAddr("", "sip:vivekg@chair-dnrc.example.com", (("tag", "1918181833n"),))
    assert message.from_ == NameAddr('J Rosenberg \\"', "sip:jdrosen@example.com", (("tag", "98asjd8"),))
    assert message.max_forwards == 68
    assert message.cseq == CSeq(9, "INVITE")
    assert [via.branch for via in message.vias] == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    assert message.contacts[0].display == 'Quoted string ""'
    assert message.contacts[0].param("q") == "0.33"
    assert message.headers.get("newfangledheader") == "newfangled value continued newfangled value"
    assert message.headers.get("Subject") == ""
    assert bytes(message) == octets


@pytest.mark.rfc("4475", "3.1.2")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"INVITE sip", b"INV\xc3\x9cTE sip"),
        (b"INVITE sip:bob@example.com", b"INVITE <sip:bob@example.com>"),
        (b"INVITE sip:bob@example.com", b"INVITE sip:bob@example.com; lr"),
        (b"INVITE sip:bob@example.com", b"INVITE  sip:bob@example.com"),
        (b"INVITE sip:bob@example.com", b"INVITE bob"),
        (b"SIP/2.0\r\n", b"SIP/2.0 \r\n"),
        (b"CSeq: 1 INVITE", b"CSeq: 1 OPTIONS"),
        (b"CSeq: 1 INVITE", b"CSeq: 36893488147419103232 INVITE"),
        (b"Max-Forwards: 70", b"Max-Forwards: 300"),
        (b"Max-Forwards: 70", b"Max-Forwards: \xd9\xa1"),
        (b"Content-Length: 5", b"Content-Length: -999"),
        (b"Content-Length: 5", b"Content-Length: 9999"),
        (b'"Alice"', b'"Alice'),
        (b"c1@192.0.2.1", b"c1 c2"),
        (b"c1@192.0.2.1", b"c" * (MAX_CALL_ID + 1)),
        (b"To: <sip", b"To: <s\xffip"),
        (b"Expires", b"Expires @"),
        (b"Expires: 120", b"Expires"),
        (b"tag=a1", b"tag=a1;tag=a2"),
        (b"Expires: 120", b"X: a\0b"),
        (b"Expires: 120", b"X: a\rb"),
        (b"Expires: 120", b"X: a\nTo: b"),
        (b"Expires: 120", b"X: a\x1b[2J"),
        (b"From: ", b": "),
        (b"Via: ", b" Via: "),
    ],
)
def test_malformed_requests_are_answered_with_400(old: bytes, new: bytes) -> None:
    assert INVITE.count(old) >= 1
    assert refused(INVITE.replace(old, new, 1)) == 400


@pytest.mark.rfc("3261", "8.1.1")
@pytest.mark.parametrize("name", [b"From", b"To", b"Call-ID", b"CSeq"])
def test_mandatory_headers_exactly_once(name: bytes) -> None:
    assert refused(without(name)) == 400
    line = next(line for line in INVITE.split(b"\r\n") if line.startswith(name + b":"))
    assert refused(with_line(line)) == 400


@pytest.mark.parametrize("line", [b"l: 5", b"Content-Length: 5", b"max-forwards: 70", b"f: <sip:x@y>"])
def test_singletons_repeated_in_another_spelling(line: bytes) -> None:
    assert refused(with_line(line)) == 400


def test_a_request_without_via_is_refused() -> None:
    octets = INVITE.replace(b"Via:", b"X-Via:").replace(b"v:", b"X-Via:")
    assert refused(octets) == 400
    assert salvage(octets) is None


@pytest.mark.rfc("3261", "21.5.6")
def test_other_versions_get_505() -> None:
    assert refused(INVITE.replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1)) == 505


@pytest.mark.rfc("3261", "8.1.3")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"200 OK", b"4294967301 better not break the receiver"),
        (b"200 OK", b"099 low"),
        (b"SIP/2.0 200", b"SIP/7.0 200"),
        (b"CSeq: 1 INVITE", b"CSeq: x"),
        (b"Content-Length: 5", b"Content-Length: 6"),
    ],
)
def test_malformed_responses_are_dropped(old: bytes, new: bytes) -> None:
    assert refused(OK.replace(old, new, 1)) == 0


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n"])
def test_keep_alives_are_dropped(octets: bytes) -> None:
    assert refused(octets) == 0


@pytest.mark.rfc("3261", "20.19")
def test_lazy_views_refuse_bad_numbers() -> None:
    message = request(INVITE.replace(b"Expires: 120", b"Expires: 4294967296"))
    with pytest.raises(ParseError) as caught:
        _ = message.expires
    assert caught.value.status == 400
    assert request(INVITE.replace(b"Expires: 120", b"Expires: 4294967295")).expires == 2**32 - 1


@pytest.mark.parametrize("value", [b"sdp", b"", b"application/", b"a/b c"])
def test_malformed_content_type(value: bytes) -> None:
    message = request(INVITE.replace(b"Application/SDP ; charset=utf-8", value))
    with pytest.raises(ParseError):
        _ = message.content_type


def test_repr_shows_no_header_values() -> None:
    assert repr(parse_message(OK)) == "Response('SIP/2.0 200 OK', 13 headers)"
