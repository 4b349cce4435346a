"""An authority of our own: certificates with a TNAuthList, and calls signed with them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pbx.sip.stir.credential import Credential, credential_of, parse_chain
from pbx.sip.stir.signer import Signer
from pbx.sip.stir.tn_auth_list import OID

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW = int(AT.timestamp())
X5U = "https://certs.example.org/acme.pem"
SPC = b"\x30\x08\xa0\x06\x16\x04709J"
ORIG, DEST, THIRD = "441632960001", "441632960100", "441632960200"


def number_list(number: str, count: int = 0) -> bytes:
    """Return a TNAuthList in DER with one number, or one range of them."""
    text = bytes((0x16, len(number))) + number.encode()
    if not count:
        inner = bytes((0xA2, len(text))) + text
    else:
        sequence = text + bytes((0x02, 0x02)) + count.to_bytes(2, "big")
        sequence = bytes((0x30, len(sequence))) + sequence
        inner = bytes((0xA1, len(sequence))) + sequence
    return bytes((0x30, len(inner))) + inner


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(
    name: str,
    issuer: Holder | None = None,
    *,
    numbers: bytes | None = None,
    is_authority: bool = False,
    curve: ec.EllipticCurve | None = None,
    begins: datetime = AT - timedelta(days=1),
    days: int = 30,
    crl: str = "",
) -> Holder:
    """Return a new certificate, self-signed without an issuer."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signing = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(_usage(is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    if crl:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if numbers is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(OID, numbers), critical=False)
    return Holder(certificate=builder.sign(signing, hashes.SHA256()), key=key)


def revocations(
    signing: Holder,
    *revoked: Holder,
    at: datetime = AT,
    indirect: bool = False,
    days: int = 1,
    named: x509.Name | None = None,
) -> bytes:
    """Return the CRL of an authority in DER; an indirect one names the issuer of each certificate."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(named or signing.certificate.subject)
        .last_update(at - timedelta(hours=1))
        .next_update(at + timedelta(days=days))
    )
    if indirect:
        point = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
        builder = builder.add_extension(point, critical=True)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        entry = entry.revocation_date(at - timedelta(hours=2))
        if indirect:
            issuer = x509.CertificateIssuer([x509.DirectoryName(one.certificate.issuer)])
            entry = entry.add_extension(issuer, critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(signing.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


ROOT = issue("STI root", is_authority=True, days=3650)
CARRIER = issue("SHAKEN 709J", ROOT, numbers=SPC)


def credential(holder: Holder = CARRIER) -> Credential:
    """Return what a fetch of the holder's certificate leads to."""
    return credential_of(parse_chain(holder.pem), (ROOT.certificate,), AT)


def signer(holder: Holder = CARRIER, x5u: str = X5U) -> Signer:
    """Return the carrier's signer."""
    return Signer(key=holder.key, x5u=x5u, origid="123e4567-e89b-12d3-a456-426655440000")
