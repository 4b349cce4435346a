"""What is left of a malformed request, to answer it."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.message import Request, parse_message, salvage
from pbx.sip.rescue import NO_URI, rescue

BROKEN = (
    b"INVITE sip:bob@example.com SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0\r\n"
    b"From: <sip:alice@example.com>;tag=a\r\n"
    b"f: <sip:mallory@example.com>;tag=m\r\n"
    b"To: <sip:bob@example.com>\r\n"
    b"Call-ID: c1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Not a header\r\n"
    b"X: a\0b\r\n"
    b"Route: <sip:elsewhere>\r\n"
    b"Content-Length: 9999\r\n"
    b"\r\n"
    b"body"
)


def saved(octets: bytes) -> Request:
    with pytest.raises(ParseError):
        parse_message(octets)
    request = salvage(octets)
    assert request is not None
    return request


@pytest.mark.rfc("3261", "8.2.6.2")
def test_what_a_400_needs_survives() -> None:
    request = saved(BROKEN)
    assert (request.method, request.uri, request.body) == ("INVITE", "sip:bob@example.com", b"")
    assert [name for name, _ in request.headers] == ["Via", "Via", "From", "To", "Call-ID", "CSeq"]
    assert request.from_.tag == "a"


@pytest.mark.parametrize(
    ("line", "uri"),
    [
        (b"INVITE sip:bob@example.com SIP/7.0", "sip:bob@example.com"),
        (b"INVITE  sip:bob@example.com  SIP/2.0 ", "sip:bob@example.com"),
        (b"INVITE <sip:bob@example.com> SIP/2.0", NO_URI),
        (b"INVITE sip:bob; lr SIP/2.0", NO_URI),
        (b"INVITE SIP/2.0", NO_URI),
    ],
)
def test_start_lines(line: bytes, uri: str) -> None:
    assert saved(BROKEN.replace(b"INVITE sip:bob@example.com SIP/2.0", line)).uri == uri


def test_octets_without_end_of_headers() -> None:
    assert saved(BROKEN.partition(b"Not a")[0]).call_id == "c1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"INVITE sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK"),
        (b"INVITE sip:bob@example.com SIP/2.0", b"GET / HTTP/1.1"),
        (b"INVITE sip:bob@example.com SIP/2.0", b"\xff\xfe SIP/2.0"),
        (b"INVITE sip:bob@example.com SIP/2.0", b"ACK sip:bob@example.com SIP/2.0"),
        (b"INVITE sip:bob@example.com SIP/2.0", b"INVITE" + b" " * 60_000 + b"x"),
        (b"Via: SIP/2.0/UDP 192.0.2.1", b"Via: nonsense"),
        (b"CSeq: 1 INVITE", b"CSeq: INVITE"),
    ],
)
def test_nothing_to_answer(old: bytes, new: bytes) -> None:
    assert salvage(BROKEN.replace(old, new, 1)) is None


@pytest.mark.rfc("4475", "3.3.1")
@pytest.mark.parametrize(
    ("old", "new", "name", "value"),
    [
        (b"To: <sip:bob@example.com>", b"X: y", "To", f"<{NO_URI}>"),
        (b"To: <sip:bob@example.com>", b'To: "Bob <sip:bob@example.com>', "To", "<sip:bob@example.com>"),
        (b"To: <sip:bob@example.com>", b'To: "B <sip:b@h>;tag=x', "To", "<sip:b@h>;tag=x"),
        (b"From: <sip:alice@example.com>;tag=a", b"From: a, b <sip:c@h>;tag=a", "From", "<sip:c@h>;tag=a"),
        (b"Call-ID: c1", b"Call-ID: c\xff", "Call-ID", "invalid"),
        (b"Call-ID: c1", b"Call-ID: c\0", "Call-ID", "invalid"),
        (b"CSeq: 1 INVITE", b"CSeq: 36893488147419103232 INVITE", "CSeq", "36893488147419103232 INVITE"),
        (
            b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
            b"SIP/7.0/UDP 192.0.2.1:5070;;,branch=x;branch=z9hG4bK1",
            "Via",
            "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1",
        ),
        (b"192.0.2.9;branch=z9hG4bK0", b"192.0.2.9;;", "Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
    ],
)
def test_what_cannot_be_read_is_mended(old: bytes, new: bytes, name: str, value: str) -> None:
    request = saved(BROKEN.replace(old, new, 1))
    assert request.headers.get(name) == value
    assert request.from_.uri.startswith("sip:") and request.to.uri and request.vias and request.call_id


def test_rescue_of_nothing() -> None:
    assert rescue(b"") is None
    assert salvage(b"\r\n\r\n") is None
