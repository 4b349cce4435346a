"""What a response copies, and requests derived from an INVITE."""

import pytest

from pbx.core.address import Remote
from pbx.sip.message import Headers, Request
from pbx.sip.responses import cancel_of, reason_phrase, response_to, stamped_vias

TOP = "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKa"


def invite(*vias: str) -> Request:
    headers = Headers()
    for via in vias:
        headers.add("Via", via)
    for name, value in (
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:c@d>"),
        ("Call-ID", "x"),
        ("CSeq", "3 INVITE"),
        ("Route", "<sip:p;lr>"),
    ):
        headers.add(name, value)
    return Request("INVITE", "sip:c@d", headers)


@pytest.mark.rfc("3261", "18.2.1")
@pytest.mark.parametrize(
    ("via", "host", "expected"),
    [
        (TOP, "10.0.0.2", TOP),
        (TOP, "203.0.113.5", TOP + ";received=203.0.113.5"),
        (TOP + ";rport", "10.0.0.2", TOP + ";rport=40000;received=10.0.0.2"),
        (TOP + ", SIP/2.0/UDP p", "203.0.113.5", TOP + ";received=203.0.113.5, SIP/2.0/UDP p"),
    ],
)
def test_the_source_is_noted_in_the_top_via(via: str, host: str, expected: str) -> None:
    second = "SIP/2.0/UDP second;branch=z9hG4bKb"
    assert stamped_vias(invite(via, second), Remote("udp", host, 40000)) == [expected, second]


@pytest.mark.rfc("3261", "8.2.6.2")
def test_a_response_is_literally_this() -> None:
    response = response_to(invite(TOP), 486, to_tag="t", fields=(("Server", "pbx"),))
    assert bytes(response).decode().split("\r\n") == [
        "SIP/2.0 486 Busy Here",
        f"Via: {TOP}",
        "From: <sip:a@b>;tag=1",
        "To: <sip:c@d>;tag=t",
        "Call-ID: x",
        "CSeq: 3 INVITE",
        "Server: pbx",
        "Content-Length: 0",
        "",
        "",
    ]


@pytest.mark.rfc("3261", "8.2.6.2")
@pytest.mark.rfc("3261", "17.2.1")
@pytest.mark.rfc("3261", "8.2.6.1")
def test_a_100_has_no_tag_and_returns_the_timestamp() -> None:
    request = invite(TOP)
    request.headers.add("Timestamp", "54.1")
    trying, ringing = (response_to(request, status, to_tag="t") for status in (100, 180))
    assert (trying.headers.get("To"), trying.headers.get("Timestamp")) == ("<sip:c@d>", "54.1")
    assert (ringing.headers.get("To"), ringing.headers.get("Timestamp")) == ("<sip:c@d>;tag=t", None)


@pytest.mark.rfc("3261", "9.1")
def test_a_cancel_repeats_what_the_invite_said() -> None:
    cancel = cancel_of(invite(TOP))
    assert cancel.start_line == "CANCEL sip:c@d SIP/2.0"
    assert (cancel.headers.get("Via"), cancel.headers.get("Route")) == (TOP, "<sip:p;lr>")
    assert cancel.headers.get("CSeq") == "3 CANCEL"
    assert "Require" not in cancel.headers


@pytest.mark.parametrize(("status", "phrase"), [(404, "Not Found"), (499, "Request Failure"), (299, "OK")])
def test_every_status_has_a_phrase(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase
