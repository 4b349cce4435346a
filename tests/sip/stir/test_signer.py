"""Our own signatures, and how sure we are of a number."""

import re

import pytest

from pbx.sip.stir.identity_header import parse_identity
from pbx.sip.stir.passport import Claims, parse_passport
from pbx.sip.stir.signer import AttestationPolicy, origid_of
from tests.sip.stir.conftest import AT, DEST, NOW, ORIG, THIRD, X5U, signer

POLICY = AttestationPolicy(
    own=frozenset({ORIG}), levels={"441632960009": "off", "441632960008": "C"}, known="B", gateway="C"
)


@pytest.mark.parametrize(
    ("number", "is_ours", "expected"),
    [
        (ORIG, True, "A"),
        (THIRD, True, "B"),
        (ORIG, False, "C"),
        (THIRD, False, "C"),
        ("441632960009", True, ""),
        ("441632960008", True, "C"),
    ],
)
def test_attestation(number: str, is_ours: bool, expected: str) -> None:
    assert POLICY.level(number, is_ours=is_ours) == expected


@pytest.mark.rfc("8588", "4")
def test_a_shaken_signature() -> None:
    ours = signer()
    header = parse_identity(ours.shaken(ORIG, DEST, "A", AT))
    passport = parse_passport(header.token)
    assert (header.info, header.ppt, passport.x5u) == (X5U, "shaken", X5U)
    assert passport.claims == Claims(orig=ORIG, dest=(DEST,), iat=NOW, attest="A", origid=ours.origid)


@pytest.mark.rfc("8946", "4.1")
def test_a_div_signature() -> None:
    passport = parse_passport(parse_identity(signer().div(ORIG, THIRD, DEST, AT)).token)
    assert passport.claims == Claims(orig=ORIG, dest=(THIRD,), iat=NOW, div=DEST)


def test_the_key_shows_nowhere() -> None:
    assert "key" not in repr(signer())


def test_the_origid_is_a_lasting_uuid() -> None:
    form = r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(form, origid_of("acme"))
    assert origid_of("acme") == origid_of("acme") != origid_of("umbrella")
