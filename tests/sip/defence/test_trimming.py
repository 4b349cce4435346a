"""An answer shrinks in steps until it fits, or is not sent."""

import pytest

from pbx.sip.defence.trimming import fitted
from pbx.sip.message import Headers, Response, parse_message

FIELDS = (
    ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
    ("From", "<sip:a@h>;tag=1"),
    ("To", "<sip:b@h>;tag=2"),
    ("Call-ID", "c1"),
    ("CSeq", "1 REGISTER"),
    ("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"'),
    ("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'),
    ("Server", "pbx"),
)


def challenge() -> Response:
    headers = Headers()
    for name, value in FIELDS:
        headers.add(name, value)
    return Response(401, "Unauthorized", headers)


@pytest.mark.requirement("S-16")
def test_each_step_is_smaller_and_still_a_response() -> None:
    response, seen = challenge(), list[Response]()
    room = len(bytes(response))
    while (octets := fitted(response, room)) is not None:
        assert len(octets) <= room
        message = parse_message(octets)
        assert isinstance(message, Response)
        seen.append(message)
        room = len(octets) - 1
    assert [one.headers.get("Server") is not None for one in seen] == [True, False, False, False]
    assert [len(one.headers.get_all("WWW-Authenticate")) for one in seen] == [2, 2, 1, 1]
    assert "MD5" in (seen[-1].headers.get("WWW-Authenticate") or "")
    for one in seen:
        assert (one.status, one.to.tag, one.top_via.branch, one.call_id) == (401, "2", "z9hG4bK1", "c1")


@pytest.mark.requirement("S-16")
@pytest.mark.parametrize("spare", [0, 1])
def test_the_limit_is_exact(spare: int) -> None:
    size = len(bytes(challenge()))
    octets = fitted(challenge(), size - spare)
    assert octets is not None
    assert (octets == bytes(challenge())) is (spare == 0)


def test_the_answer_of_a_tiny_request_is_silence() -> None:
    assert fitted(challenge(), 100) is None
