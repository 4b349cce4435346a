"""Certificate chains: whom a trust anchor stands behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pbx.core.errors import ParseError
from pbx.sip.stir.credential import MAX_CHAIN, MAX_CHAIN_OCTETS, credential_of, parse_chain
from tests.sip.stir.conftest import AT, CARRIER, ROOT, SPC, Holder, issue

ANCHORS = (ROOT.certificate,)
BETWEEN = issue("STI issuing", ROOT, is_authority=True)


def check(*chain: Holder, anchors: tuple[x509.Certificate, ...] = ANCHORS) -> bool:
    return bool(credential_of(tuple(one.certificate for one in chain), anchors, AT).key)


@pytest.mark.rfc("8226", "8")
def test_a_chain_that_leads_to_an_anchor() -> None:
    found = credential_of((CARRIER.certificate,), ANCHORS, AT)
    assert found.numbers.codes == ("709J",)
    assert found.is_valid(AT)
    assert not found.is_valid(AT + timedelta(days=60))
    assert check(issue("leaf", BETWEEN, numbers=SPC), BETWEEN)


@pytest.mark.parametrize(
    "chain",
    [
        lambda: (issue("self", numbers=SPC),),
        lambda: (issue("leaf", BETWEEN, numbers=SPC),),  # the issuer is missing
        lambda: (issue("no list", ROOT),),
        lambda: (issue("authority", ROOT, numbers=SPC, is_authority=True),),
        lambda: (issue("expired", ROOT, numbers=SPC, begins=AT - timedelta(days=40)),),
        lambda: (issue("not yet", ROOT, numbers=SPC, begins=AT + timedelta(days=1)),),
        lambda: (issue("P-384", ROOT, numbers=SPC, curve=ec.SECP384R1()),),
        lambda: (issue("by a leaf", CARRIER, numbers=SPC), CARRIER),
        lambda: (issue("bad list", ROOT, numbers=b"\x30\x00"),),
    ],
    ids=["self", "gap", "no list", "authority", "expired", "early", "curve", "by a leaf", "bad list"],
)
def test_chains_that_are_not_trusted(chain: Callable[[], tuple[Holder, ...]]) -> None:
    with pytest.raises(ParseError) as caught:
        check(*chain())
    assert caught.value.status == 437


def test_without_anchors_nobody_is_trusted() -> None:
    with pytest.raises(ParseError, match="no trust anchor"):
        check(CARRIER, anchors=())
    with pytest.raises(ParseError):
        check(CARRIER, anchors=(issue("other root", is_authority=True).certificate,))


def test_text_and_der() -> None:
    assert parse_chain(CARRIER.pem + ROOT.pem) == (CARRIER.certificate, ROOT.certificate)
    der = CARRIER.certificate.public_bytes(serialization.Encoding.DER)
    assert parse_chain(der) == (CARRIER.certificate,)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        CARRIER.pem * (MAX_CHAIN + 1),
        b"\0" * (MAX_CHAIN_OCTETS + 1),
    ],
)
def test_what_is_no_chain(octets: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse_chain(octets)
    assert caught.value.status == 437
