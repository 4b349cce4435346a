"""Lists of revocations: who may sign them, when they hold, and whom they name."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from pbx.core.errors import ParseError
from pbx.sip.stir.revocation import MAX_CRL_OCTETS, MAX_URLS, crl_urls, has_crl, read_crl
from tests.sip.stir.conftest import AT, ROOT, SPC, Holder, issue, revocations

URL = "https://authority.example/list.crl"
LEAF = issue("leaf", ROOT, numbers=SPC, crl=URL)
OTHER = issue("other", ROOT, numbers=SPC, crl=URL)
ADMINISTRATOR = issue("STI-PA", is_authority=True)
SIGNERS = (ROOT.certificate, ADMINISTRATOR.certificate)


def has(octets: bytes, one: Holder) -> bool:
    return read_crl(octets, SIGNERS, AT).has((one.certificate,))


@pytest.mark.rfc("5280", "5.1")
def test_a_list_of_the_authority_itself() -> None:
    octets = revocations(ROOT, LEAF)
    assert has(octets, LEAF)
    assert not has(octets, OTHER)
    pem = x509.load_der_x509_crl(octets).public_bytes(serialization.Encoding.PEM)
    assert has(pem, LEAF)


@pytest.mark.rfc("5280", "5.3.3")
@pytest.mark.rfc("8226", "11")
def test_a_list_of_the_administrator_names_the_issuers() -> None:
    octets = revocations(ADMINISTRATOR, OTHER, LEAF, indirect=True)
    assert has(octets, LEAF)
    stranger = issue("elsewhere", ADMINISTRATOR, numbers=SPC)
    assert not has(octets, stranger)
    # Without the issuer's name an entry is about certificates of the list's own signer.
    assert not has(revocations(ADMINISTRATOR, LEAF), LEAF)


def _critical() -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.certificate.subject)
    builder = builder.last_update(AT).next_update(AT + timedelta(days=1))
    builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    return builder.sign(ROOT.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.rfc("5280", "5.2")
@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (lambda: b"junk", "not a list"),
        (lambda: b"x" * (MAX_CRL_OCTETS + 1), "more than"),
        (lambda: revocations(issue("nobody", is_authority=True)), "nobody we know"),
        (lambda: revocations(issue("forger"), named=ROOT.certificate.subject), "nobody we know"),
        (lambda: revocations(ROOT, at=AT - timedelta(days=3)), "not of now"),
        (lambda: revocations(ROOT, at=AT + timedelta(days=3)), "not of now"),
        (_critical, "not understood"),
    ],
    ids=["junk", "long", "stranger", "forged", "old", "early", "delta"],
)
def test_lists_that_say_nothing(octets: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        read_crl(octets(), SIGNERS, AT)
    assert caught.value.status == 437


def test_a_key_that_signs_calls_signs_no_list() -> None:
    with pytest.raises(ParseError, match="nobody we know"):
        read_crl(revocations(LEAF, OTHER), (LEAF.certificate,), AT)


def test_where_the_lists_are() -> None:
    assert crl_urls((LEAF.certificate, OTHER.certificate, ROOT.certificate)) == (URL,)
    assert has_crl((LEAF.certificate,))
    assert not has_crl((issue("plain", ROOT, numbers=SPC).certificate,))
    many = [issue(f"{n}", ROOT, crl=f"{URL}?{n}").certificate for n in range(MAX_URLS + 1)]
    assert len(crl_urls(many[:-1])) == MAX_URLS
    with pytest.raises(ParseError):
        crl_urls(many)
