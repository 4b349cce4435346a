"""An answer shrinks in steps until it fits, or is not sent."""

import pytest

from pbx.sip.defence.trimming import fitted
from pbx.sip.digest import parse_challenge
from pbx.sip.message import Headers, Response, parse_message
from pbx.sip.responses import Fields

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


SHA_256, MD5 = (parse_challenge(value) for _, value in FIELDS[5:7])


def challenge(fields: Fields = FIELDS) -> Response:
    headers = Headers()
    for name, value in fields:
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
    offered = [one.headers.get_all("WWW-Authenticate") for one in seen]
    assert [len(one) for one in offered] == [2, 2, 2, 1]
    for values in offered:
        assert [parse_challenge(value) for value in values] == [SHA_256, MD5][-len(values) :]
    for one in seen:
        assert (one.status, one.to.tag, one.top_via.branch, one.call_id) == (401, "2", "z9hG4bK1", "c1")


@pytest.mark.requirement("S-16")
@pytest.mark.parametrize("spare", [0, 1])
def test_the_limit_is_exact(spare: int) -> None:
    size = len(bytes(challenge()))
    octets = fitted(challenge(), size - spare)
    assert octets is not None
    assert (octets == bytes(challenge())) is (spare == 0)


def bare(fields: Fields) -> bytes:
    """The smallest form there is."""
    found = [
        octets for room in range(len(bytes(challenge(fields)))) if (octets := fitted(challenge(fields), room))
    ]
    return min(found, key=len)


@pytest.mark.requirement("S-16")
def test_the_bare_form_says_what_cannot_be_left_out() -> None:
    assert bare(FIELDS).decode().split("\r\n") == [
        "SIP/2.0 401 ",
        "v:SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        "f:<sip:a@h>;tag=1",
        "t:<sip:b@h>;tag=2",
        "i:c1",
        "CSeq:1 REGISTER",
        'WWW-Authenticate:Digest realm="r",nonce="n",qop="auth"',
        "",
        "",
    ]


def test_an_algorithm_that_is_not_implied_stays() -> None:
    assert b"algorithm=SHA-256" in bare(FIELDS[:6])


def test_what_is_copied_stays_as_it_was() -> None:
    name = '"x, algorithm=MD5, nonce=y" <sip:a@h>;tag=1'
    message = parse_message(bare((FIELDS[0], ("From", name), *FIELDS[2:])))
    assert message.headers.get("From") == name


def test_the_answer_of_a_tiny_request_is_silence() -> None:
    assert fitted(challenge(), 100) is None
