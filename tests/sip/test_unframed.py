"""What a peer hears before a stream that cannot be followed is closed."""

import pytest

from pbx.core.address import Remote
from pbx.sip.message import Response, parse_message
from pbx.sip.unframed import unframed_answer

SOURCE = Remote("tcp", "10.0.0.2", 40000, 1)
OPTIONS = (
    "OPTIONS sip:pbx SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.9:5060;branch=z9hG4bK1;rport\r\n"
    "From: <sip:a@b>;tag=1\r\nTo: <sip:pbx>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n{length}\r\n"
)


@pytest.mark.rfc("3261", "18.3")
@pytest.mark.parametrize(
    "length", ["", "Content-Length: -1\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n", "l: ١\r\n"]
)
def test_a_request_of_unknown_length_is_answered(length: str) -> None:
    octets = unframed_answer(OPTIONS.format(length=length).encode(), 400, SOURCE)
    assert octets is not None
    answer = parse_message(octets)
    assert isinstance(answer, Response)
    assert (answer.status, answer.call_id, answer.top_via.received) == (400, "c", "10.0.0.2")
    assert answer.to.tag is not None
    assert octets == unframed_answer(OPTIONS.format(length=length).encode(), 400, SOURCE)


@pytest.mark.parametrize(
    "octets", [b"", b"SIP/2.0 200 OK\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"]
)
def test_what_is_no_request_is_not_answered(octets: bytes) -> None:
    assert unframed_answer(octets, 400, SOURCE) is None
