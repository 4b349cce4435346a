"""Our binding: its REGISTERs, its credentials, what it is granted."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.sip.message import Headers, Request, Response
from pbx.sip.own_binding import OwnBinding
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack
from tests.sip.conftest import ALICE, PBX

AOR, CONTACT = "sip:alice@example.test", "<sip:alice@10.0.0.1:5060>"
REMOTE = Remote("udp", "10.0.0.2", 5060)
CHALLENGE = 'Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"'
STALE = f"{CHALLENGE}, stale=true"


def binding(aor: str = AOR, expires_s: int = 60, max_answers: int = 2) -> OwnBinding:
    stack = Stack(EndpointSettings(listen=PBX, user_agent="ours"), SeededIds("stack"), b"k" * 32)
    return OwnBinding(stack, aor, expires_s, max_answers=max_answers)


def response(status: int, **fields: str) -> Response:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    return Response(status, "X", headers)


def answered(one: OwnBinding, request: Request, status: int, challenge: str) -> Request | None:
    name = "WWW_Authenticate" if status == 401 else "Proxy_Authenticate"
    return one.answer(request, response(status, **{name: challenge}), ALICE, REMOTE)


@pytest.mark.rfc("3261", "10.2")
@pytest.mark.parametrize(("aor", "registrar"), [(AOR, "sip:example.test"), ("sips:a@b.test", "sips:b.test")])
def test_each_register_is_the_next_of_one_call_id(aor: str, registrar: str) -> None:
    one = binding(aor)
    first, second = (one.register(REMOTE, CONTACT) for _ in range(2))
    assert (first.uri, first.headers.get("Contact"), first.headers.get("Expires")) == (
        registrar,
        CONTACT,
        "60",
    )
    assert (first.call_id, first.from_.tag) == (second.call_id, second.from_.tag)
    assert [str(request.cseq) for request in (first, second)] == ["1 REGISTER", "2 REGISTER"]
    assert [one.is_latest(request) for request in (first, second)] == [False, True]


def test_an_aor_that_is_no_uri_is_refused() -> None:
    with pytest.raises(ParseError):
        binding("alice")


@pytest.mark.rfc("3261", "22.3")
def test_a_registrar_and_the_proxy_before_it_are_both_answered() -> None:
    one = binding()
    second = answered(one, one.register(REMOTE, CONTACT), 407, CHALLENGE)
    assert second is not None
    third = answered(one, second, 401, CHALLENGE)
    assert third is not None
    assert third.headers.get("Authorization") and third.headers.get("Proxy-Authorization")
    assert answered(one, third, 401, CHALLENGE) is None


@pytest.mark.rfc("7616", "3.3")
@pytest.mark.parametrize(
    ("challenge", "max_answers", "is_answered"), [(STALE, 2, True), (STALE, 1, False), (CHALLENGE, 2, False)]
)
def test_only_a_stale_nonce_is_answered_again(challenge: str, max_answers: int, is_answered: bool) -> None:
    one = binding(max_answers=max_answers)
    second = answered(one, one.register(REMOTE, CONTACT), 401, CHALLENGE)
    assert second is not None
    assert (answered(one, second, 401, challenge) is not None) == is_answered
    assert answered(one, one.register(REMOTE, CONTACT), 401, CHALLENGE) is not None  # counted anew


@pytest.mark.parametrize(
    ("text", "asked_s", "expires_s"),
    [("120", 60, 120), ("60", 60, 60), ("120", 0, 0), ("٣٠٠", 60, 60), ("9999999", 60, 60)],
)
def test_a_minimum_is_taken_when_it_is_longer(text: str, asked_s: int, expires_s: int) -> None:
    one = binding(expires_s=asked_s)
    assert one.lengthen(response(423, Min_Expires=text)) == (expires_s != asked_s)
    assert one.expires_s == expires_s


@pytest.mark.parametrize(
    ("fields", "granted_s"),
    [
        ({"Contact": f"{CONTACT};expires=30"}, 30),
        ({"Contact": f"{CONTACT};expires=900"}, 60),
        ({"Contact": "<sip:alice@10.0.0.9:5060>;expires=30", "Expires": "40"}, 40),
        ({}, 60),
    ],
)
def test_what_is_granted_to_our_contact(fields: dict[str, str], granted_s: int) -> None:
    assert binding().granted_s(response(200, **fields), CONTACT) == granted_s
