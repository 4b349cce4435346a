"""PASSporTs are read strictly: what is not exactly one statement is none."""

from typing import Any

import pytest

from pbx.core.errors import ParseError
from pbx.sip.stir import jws
from pbx.sip.stir.passport import Claims, parse_passport, payload_of, rebuild_passport
from tests.sip.stir.test_jws import HEADER, SIGNATURE

SHAKEN = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": "https://cert.example.org/passport.cer"}
# RFC 8588 §6.
CLAIMS: dict[str, Any] = {
    "attest": "A",
    "dest": {"tn": ["12155550131"]},
    "iat": 1443208345,
    "orig": {"tn": "12155550121"},
    "origid": "123e4567-e89b-12d3-a456-426655440000",
}


def token(header: dict[str, Any], payload: dict[str, Any]) -> str:
    parts = (jws.encode(jws.write_object(part)) for part in (header, payload))
    return ".".join((*parts, SIGNATURE))


@pytest.mark.rfc("8588", "6")
def test_a_shaken_passport() -> None:
    passport = parse_passport(token(SHAKEN, CLAIMS))
    assert (passport.kind, passport.x5u) == ("shaken", SHAKEN["x5u"])
    assert passport.claims == Claims(
        orig="12155550121",
        dest=("12155550131",),
        iat=1443208345,
        attest="A",
        origid="123e4567-e89b-12d3-a456-426655440000",
    )
    assert payload_of(passport.claims) == CLAIMS


@pytest.mark.rfc("8946", "3")
def test_a_div_passport() -> None:
    payload = {
        "dest": {"tn": ["12155551214"]},
        "div": {"tn": "12155551213"},
        "iat": 1443208345,
        "orig": {"tn": "12155551212"},
    }
    passport = parse_passport(token(SHAKEN | {"ppt": "div"}, payload))
    assert (passport.kind, passport.claims.div) == ("div", "12155551213")
    assert payload_of(passport.claims) == payload


@pytest.mark.rfc("8225", "5.2.1")
def test_uris_stand_where_no_number_was_used() -> None:
    header = {key: value for key, value in SHAKEN.items() if key != "ppt"}
    payload = {
        "dest": {"tn": ["12155551212"], "uri": ["sip:alice@example.com"]},
        "iat": 1,
        "orig": {"uri": "sip:bob@example.net"},
    }
    claims = parse_passport(token(header, payload)).claims
    assert (claims.orig, claims.dest, claims.uris) == (
        "sip:bob@example.net",
        ("12155551212",),
        ("sip:alice@example.com",),
    )
    assert payload_of(claims) == payload


@pytest.mark.rfc("8225", "7")
def test_the_compact_form_is_rebuilt_to_the_same_signed_text() -> None:
    claims = Claims(orig="12155551212", dest=(), uris=("sip:alice@example.com",), iat=1471375418)
    passport = rebuild_passport(SIGNATURE, "https://cert.example.org/passport.cer", claims)
    assert passport.signed.decode().startswith(HEADER + ".")
    with pytest.raises(ParseError) as caught:
        rebuild_passport("a", "https://cert.example.org/passport.cer", claims)
    assert caught.value.status == 438


@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"alg": "none"}, {}),
        ({"alg": "HS256"}, {}),
        ({"typ": "JWT"}, {}),
        ({"crit": ["x"]}, {}),
        ({"jwk": {}}, {}),
        ({"ppt": "rcd"}, {}),
        ({"ppt": 1}, {}),
        ({"x5u": 1}, {}),
        ({"x5u": "a\nb"}, {}),
        ({}, {"iat": "1443208345"}),
        ({}, {"iat": True}),
        ({}, {"iat": -1}),
        ({}, {"iat": 1.5}),
        ({}, {"dest": []}),
        ({}, {"dest": {}}),
        ({}, {"dest": {"tn": []}}),
        ({}, {"dest": {"tn": ["+12155550131"]}}),
        ({}, {"dest": {"tn": [12155550131]}}),
        ({}, {"dest": {"tn": ["1"] * 17}}),
        ({}, {"orig": "12155550121"}),
        ({}, {"orig": {"tn": "+12155550121"}}),
        ({}, {"orig": {"tn": ["12155550121"]}}),
        ({}, {"orig": {"uri": "12155550121"}}),
        ({}, {"orig": {}}),
        ({}, {"attest": "D"}),
        ({}, {"attest": None}),
        ({}, {"origid": None}),
        ({}, {"origid": "x" * 257}),
        ({"ppt": "div"}, {}),
    ],
)
def test_what_is_refused_with_438(header: dict[str, Any], payload: dict[str, Any]) -> None:
    with pytest.raises(ParseError) as caught:
        parse_passport(token(SHAKEN | header, CLAIMS | payload))
    assert caught.value.status == 438


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "..sig", f"{HEADER}..{SIGNATURE}"])
def test_three_parts(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_passport(text)
    assert caught.value.status == 438
