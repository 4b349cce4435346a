"""The messages of a recording session: dressed as RFC 7866 wants them, and read back."""

import pytest

from pbx.core.ids import LegId, SeededIds
from pbx.sip.bodies import sdp_of
from pbx.sip.effects import AcceptReinvite, HangUp, Reinvite
from pbx.sip.events import ReinviteAnswered, ReinviteOffered
from pbx.sip.message import Headers, Request
from pbx.sip.multipart import Part, join, split
from pbx.sip.recording import METADATA_REQUEST, MetadataRequested, asks_for_metadata, dress
from tests.sip.conftest import ANSWER, OFFER, PBX, PHONE, place
from tests.sip.peer import Peer, called_by_us, statuses

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


ASKS = "Content-Type: application/rs-metadata-request"
XML = b"<recording/>"


def recorder() -> Peer:
    """A recorder that we have called, and that has answered."""
    peer = Peer()
    peer.is_called(place(PHONE, metadata=XML))
    peer.answers()
    return peer


def metadata_in(request: Request) -> list[bytes]:
    parts = split(request.headers.get("Content-Type") or "", request.body)
    return [one.body for one in parts if one.content_type == "application/rs-metadata+xml"]


@pytest.mark.rfc("7866", "6.1.1")
def test_a_call_with_metadata_is_a_recording_session_to_its_end() -> None:
    peer = recorder()
    invite = peer.last_request("INVITE")
    assert (metadata_in(invite), sdp_of(invite)) == ([XML], OFFER)
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=ANSWER, metadata=b"<news/>"))
    again = peer.last_request("INVITE")
    assert (metadata_in(again), sdp_of(again)) == ([b"<news/>"], ANSWER)
    for request in (invite, again):
        assert (request.headers.get("Contact") or "").endswith(";+sip.src")
        assert "siprec" in (request.headers.get("Require") or "")
    peer.respond(again, 200, body=ANSWER)
    assert peer.network.take(PBX, ReinviteAnswered) == ReinviteAnswered(leg=peer.leg, answer=ANSWER)


def test_other_calls_know_nothing_of_recorders() -> None:
    peer = called_by_us()
    assert peer.last_request("INVITE").headers.get("Require") is None
    assert statuses(peer.request("UPDATE", ASKS, body=b"please")) == [415]


@pytest.mark.rfc("7866", "9.2")
def test_a_recorder_asks_by_update_and_is_answered_before_it_is_told() -> None:
    peer = recorder()
    assert statuses(peer.request("UPDATE", ASKS, body=b"please")) == [200]
    assert peer.network.take(PBX, MetadataRequested) == MetadataRequested(leg=peer.leg)


@pytest.mark.rfc("7866", "9.2")
@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_a_recorder_may_ask_beside_an_offer(method: str) -> None:
    peer = recorder()
    parts = (
        Part(content_type="application/sdp", body=OFFER),
        Part(content_type=METADATA_REQUEST, body=b"please", disposition="recording-session"),
    )
    kind, body = join(parts, SeededIds())
    peer.request(method, f"Content-Type: {kind}", body=body)
    assert peer.network.take(PBX, ReinviteOffered) == ReinviteOffered(
        leg=peer.leg, offer=OFFER, source="10.0.0.2"
    )
    assert peer.network.take(PBX, MetadataRequested) == MetadataRequested(leg=peer.leg)
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=ANSWER))
    assert peer.last_response(200).body == ANSWER


def test_what_is_over_is_no_recording_session_any_more() -> None:
    peer = recorder()
    stack = peer.network.endpoints[PBX]._stack
    assert stack.recordings == {peer.leg}
    peer.network.order(PBX, HangUp(leg=peer.leg), place(PHONE, leg=LegId("next"), metadata=XML))
    assert stack.recordings == {LegId("next")}
