"""An INVITE whose body has two parts: the description comes first, and the other can be referred to."""

import pytest

from pbx.core.ids import SeededIds
from pbx.sip.bodies import sdp_of
from pbx.sip.enclosed import BY_REFERENCE, enclose
from pbx.sip.header_map import Headers
from pbx.sip.message import Request
from pbx.sip.multipart import Part, split


@pytest.mark.requirement("SIP-40")
def test_a_location_goes_beside_the_description() -> None:
    headers = Headers()
    headers.add("Supported", "timer")
    headers.add("Content-Type", "application/sdp")
    invite = Request("INVITE", "sip:999@carrier.example", headers, b"v=0\r\n")
    part = Part(content_type="application/pidf+xml", body=b"<x/>", disposition=BY_REFERENCE, content_id="a@b")
    enclose(invite, part, SeededIds())
    kind = headers.get("Content-Type") or ""
    assert kind.startswith("multipart/mixed;boundary=") and headers.get("MIME-Version") == "1.0"
    assert headers.get("Supported") == "timer, geolocation"
    assert b"Content-ID: <a@b>\r\nContent-Disposition: by-reference;handling=optional\r\n" in invite.body
    assert [one.content_type for one in split(kind, invite.body)] == [
        "application/sdp",
        "application/pidf+xml",
    ]
    assert sdp_of(invite) == b"v=0\r\n"
