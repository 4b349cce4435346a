"""Where a session description is found."""

import pytest

from pbx.sip.bodies import SDP, sdp_of
from pbx.sip.message import Headers, Request

TEXT = b"v=0\r\n"
PARTS = (
    b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    b"--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x--"
)
MIXED = "multipart/mixed;boundary=x"


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        (SDP, TEXT, TEXT),
        (SDP, b"", None),
        (MIXED, PARTS, TEXT),
        (MIXED, PARTS.replace(b"application/sdp", b"text/html"), None),
        (MIXED, b"rubbish", None),
        (MIXED, b"", None),
        ("text/plain", TEXT, None),
    ],
)
def test_a_description_is_the_body_or_a_part_of_it(kind: str, body: bytes, found: bytes | None) -> None:
    headers = Headers()
    headers.add("Content-Type", kind)
    assert sdp_of(Request("INVITE", "sip:a@b.example", headers, body)) == found
