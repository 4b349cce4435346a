"""Credential: the certificate chain behind an x5u, checked against the trust anchors (RFC 8226, RFC 5280)."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from pbx.core.errors import ParseError
from pbx.sip.stir.tn_auth_list import TnAuthList, tn_auth_list

MAX_CHAIN = 6  # leaf, issuing authority, and what an authority puts above it
MAX_CHAIN_OCTETS = 16_384  # a chain of three P-256 certificates has about 3 kB
_PEM = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A leaf certificate that a trust anchor stands behind, from `not_before` to `not_after` (aware UTC)."""

    key: EllipticCurvePublicKey = field(repr=False)
    numbers: TnAuthList
    not_before: datetime
    not_after: datetime
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)  # without the anchor, leaf first

    def is_valid(self, at: datetime) -> bool:
        """Whether the certificate is in its time."""
        return self.not_before <= at <= self.not_after


def parse_chain(octets: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of PEM text or of one DER, leaf first; ParseError 437."""
    if len(octets) > MAX_CHAIN_OCTETS:
        raise ParseError(f"a certificate chain of more than {MAX_CHAIN_OCTETS} octets", 437)
    try:
        if _PEM in octets:
            chain = tuple(x509.load_pem_x509_certificates(octets))
        else:
            chain = (x509.load_der_x509_certificate(octets),)
    except (ValueError, UnsupportedAlgorithm):
        raise ParseError("not a certificate", 437) from None
    if len(chain) > MAX_CHAIN:
        raise ParseError(f"a chain of more than {MAX_CHAIN} certificates", 437)
    return chain


def credential_of(
    chain: tuple[x509.Certificate, ...], anchors: tuple[x509.Certificate, ...], at: datetime
) -> Credential:
    """Return the credential of a chain that leads to one of `anchors` at `at`; ParseError 437.

    Telephone certificates name no host and serve no TLS, so the web's rules for a leaf do not hold; what
    is asked of it is a P-256 key that may sign, and a TNAuthList.
    """
    leaf, *between = chain
    if not anchors:
        raise ParseError("no trust anchor is configured", 437)
    builder = PolicyBuilder().store(Store(list(anchors))).time(at).max_chain_depth(MAX_CHAIN)
    builder = builder.extension_policies(ca_policy=_ca_policy(), ee_policy=_leaf_policy())
    try:
        verified = builder.build_client_verifier().verify(leaf, between)
    except (VerificationError, ValueError) as error:
        raise ParseError(f"the certificate is not trusted: {error}"[:200], 437) from None
    key = leaf.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ParseError("the certificate has no P-256 key", 437)
    numbers = tn_auth_list(leaf)
    if numbers is None:
        raise ParseError("the certificate has no TNAuthList", 437)
    return Credential(
        key=key,
        numbers=numbers,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        chain=tuple(verified.chain[:-1]) or (leaf,),
    )


def _ca_policy() -> ExtensionPolicy:
    policy = ExtensionPolicy.permit_all()
    return policy.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_authority).may_be_present(
        x509.KeyUsage, Criticality.AGNOSTIC, _may_issue
    )


def _leaf_policy() -> ExtensionPolicy:
    policy = ExtensionPolicy.permit_all()
    return policy.may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_leaf).may_be_present(
        x509.KeyUsage, Criticality.AGNOSTIC, _may_sign
    )


def _is_authority(policy: object, certificate: object, value: x509.BasicConstraints | None) -> None:
    if value is None or not value.ca:
        raise ValueError("an issuer that is no certification authority")


def _may_issue(policy: object, certificate: object, value: x509.KeyUsage | None) -> None:
    if value is not None and not value.key_cert_sign:
        raise ValueError("an issuer whose key may not issue")


def _is_leaf(policy: object, certificate: object, value: x509.BasicConstraints | None) -> None:
    if value is not None and value.ca:
        raise ValueError("a certification authority does not sign calls")


def _may_sign(policy: object, certificate: object, value: x509.KeyUsage | None) -> None:
    if value is not None and not value.digital_signature:
        raise ValueError("a key that may not sign")
