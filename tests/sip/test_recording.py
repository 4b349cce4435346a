"""The messages of a recording session: dressed as RFC 7866 wants them, and read back."""

import pytest

from pbx.core.ids import SeededIds
from pbx.sip.message import Headers, Request
from pbx.sip.multipart import split
from pbx.sip.recording import METADATA_REQUEST, asks_for_metadata, description_in, dress

SDP = b"v=0\r\n"


def invite(body: bytes = SDP, kind: str = "application/sdp") -> Request:
    headers = Headers()
    headers.add("Contact", "<sip:pbx@192.0.2.1>")
    if body:
        headers.add("Content-Type", kind)
    return Request("INVITE", "sip:srs@192.0.2.9", headers, body)


@pytest.mark.rfc("7866", "6.1.1")
def test_the_invite_requires_a_recorder_and_says_that_we_are_its_client() -> None:
    request = invite()
    dress(request, b"<recording/>", SeededIds())
    headers = request.headers
    assert headers.get_all("Require") == ["siprec"]
    assert headers.get("Contact") == "<sip:pbx@192.0.2.1>;+sip.src"
    assert (
        headers.get("Accept") == "application/sdp, application/rs-metadata, application/rs-metadata-request"
    )
    assert request.content_type == "multipart/mixed"
    parts = split(headers.get("Content-Type") or "", request.body)
    assert [(one.content_type, one.disposition) for one in parts] == [
        ("application/sdp", ""),
        ("application/rs-metadata+xml", "recording-session"),
    ]
    assert [one.body for one in parts] == [SDP, b"<recording/>"]


def test_what_was_required_before_still_is() -> None:
    request = invite()
    request.headers.add("Require", "100rel")
    dress(request, b"<recording/>", SeededIds())
    assert request.headers.get_all("Require") == ["100rel, siprec"]


def test_without_metadata_the_description_stays_as_it_is() -> None:
    request = invite()
    dress(request, b"", SeededIds())
    assert (request.body, request.content_type) == (SDP, "application/sdp")


@pytest.mark.rfc("7866", "9.1")
def test_metadata_alone_is_a_body_of_its_own() -> None:
    request = invite(b"")
    dress(request, b"<recording/>", SeededIds())
    assert request.content_type == "application/rs-metadata+xml"
    assert request.headers.get("Content-Disposition") == "recording-session"
    assert request.body == b"<recording/>"


@pytest.mark.rfc("7866", "9.2")
def test_a_request_for_metadata_stands_alone_or_beside_an_offer() -> None:
    both = (
        b"--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
        b"--x\r\nContent-Type: application/rs-metadata-request\r\n\r\n\r\n--x--"
    )
    kind = "multipart/mixed;boundary=x"
    assert asks_for_metadata(invite(b"please", METADATA_REQUEST))
    assert asks_for_metadata(invite(both, kind))
    assert not asks_for_metadata(invite())
    assert not asks_for_metadata(invite(b"rubbish", kind))
    assert description_in("multipart/mixed", kind, both) == SDP
    assert description_in("multipart/mixed", kind, b"rubbish") is None
    assert description_in("application/sdp", "application/sdp", SDP) == SDP
    assert description_in("application/sdp", "application/sdp", b"") is None
    assert description_in("text/plain", "text/plain", b"v=0") is None
